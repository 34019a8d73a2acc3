"""Whatever comes in: a sentence at the worst, never a traceback, never a hang."""
