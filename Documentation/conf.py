# conf.py: how sphinx builds these pages ('make html-pages'; checked by 'make check').
from docutils import nodes
from docutils.parsers.rst import roles
from pygments.lexers import TextLexer

project = 'OVN Route Exchange'
author = 'The OVN Route Exchange authors'
copyright = '2026, ' + author
master_doc = 'index'
extensions = []
html_theme = 'alabaster'
html_show_sourcelink = False
# Literal blocks are commands and their output.
highlight_language = 'none'
pygments_style = 'sphinx'


def message(name, rawtext, text, lineno, inliner, options=None, content=None):
    """:message:`...` quotes what a daemon says.  The tests look for it in the
    source; '...' stands for a value."""
    return [nodes.literal(rawtext, text)], []


roles.register_local_role('message', message)


def setup(app):
    app.add_lexer('frr', TextLexer)
