"""A strip of pages with thumbnails, of which the visitor picks one.

`data` of the widget: `pages`, each with `key`, `label`, `alt`, `picture` (an address, or empty), `icon` (a
Material name, shown in place of a picture) and `flag` (needs a look); `chosen`, a key. It answers with the
trigger `pick`: a key.
"""

from __future__ import annotations

from app.components.widget import widget

page_strip = widget(__file__, "page_strip.html", "page_strip.css", "page_strip.js")
