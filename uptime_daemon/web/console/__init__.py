"""The console: where people decide. Pages, forms and what a browser needs for them, below `/console/`.

A page is three things: a module here with a class whose `routes()` are its paths, a template of the same name in
`templates/`, and one line in `PAGES` of `routes.py`, which also gives it its place in the navigation. What it shows is
read on another thread by a function of the desk (`desk/showing/today.py` is one); the template is rendered there too,
so that no page holds the event loop. A form changes something only through `Frame.form`, which checks role and token.

What never lives here: figures, judgements, SQL, scripts inside pages.
"""
