# tutorial
