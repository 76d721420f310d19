"""The viewer of a page before and after cleaning: a slider, zoom and pan at full size, rectangles to keep.

`data` of the widget: `page`, a text that is another one for another page; `levels`, as `document_pyramid`
makes them, with addresses in place of files; `alt`; `regions`, rectangles in pixels of the page; `can_keep`.
It answers with the trigger `region`: a rectangle, and the page that it was drawn on.
"""

from __future__ import annotations

from app.components.widget import widget

before_after = widget(
    __file__, "before_after.html", "before_after.css", "tiles.js", "before_after.js", "gestures.js"
)
