# tutorial: the guided demonstration.
EXTRA_DIST += tutorial/demo tutorial/tour
