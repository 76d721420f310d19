"""Small pieces of a page that several pages share."""
