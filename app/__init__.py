"""Everything a visitor sees; the only room that imports streamlit."""
