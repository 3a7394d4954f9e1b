def play():
    return True
