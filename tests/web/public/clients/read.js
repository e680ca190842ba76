// Everything that the client can ask of a status page, as JSON by the name of the call.
const { Statuspage } = require("statuspage.io");

async function main() {
  const client = new Statuspage("page");
  client.setApiUrl(process.argv[2]);
  const { api } = client;
  const told = {
    status: await api.getStatus(),
    components: await api.getComponents(),
    summary: await api.getSummary(),
    incidents: await api.incidents.getAll(),
    unresolved: await api.incidents.getUnresolved(),
    works: await api.scheduledMaintenances.getAll(),
    upcoming: await api.scheduledMaintenances.getUpcoming(),
    active: await api.scheduledMaintenances.getActive(),
  };
  console.log(JSON.stringify(told));
}

main();
