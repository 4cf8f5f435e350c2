"""Pages for people: one HTML file that works offline, light and dark, on a phone.

values --html.element--> Html sections --page.render_page(frame, style, data, script)--> the text of a file
"""
