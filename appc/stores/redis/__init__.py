"""The store on Redis: what several machines share."""
