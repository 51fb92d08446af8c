"""Hand-over of a survivor's case between services, and the province's truthful figures."""
