"""Charts and HTML; no Streamlit."""
