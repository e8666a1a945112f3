"""The scripts that Streamlit runs, one a page."""
