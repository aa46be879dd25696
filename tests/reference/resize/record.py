"""Record how Pillow resizes a small picture with its Lanczos filter.

usage: python record.py        writes resize.json beside this file

The picture is made from a formula that the test repeats.
"""

import json
import os

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 13, 9

index = np.arange(WIDTH * HEIGHT * 3)
picture = ((index * 37 + index * index) % 256).astype('uint8').reshape(HEIGHT, WIDTH, 3)
grey = picture[:, :, 1]


def resized(pixels, width, height):
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.LANCZOS)).flatten().tolist()


sizes = [(5, 4), (26, 20), (13, 18), (7, 9), (1, 1), (40, 3)]
cases = [{'width': w, 'height': h, 'rgb': resized(picture, w, h), 'grey': resized(grey, w, h)} for w, h in sizes]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'resize.json'), 'w') as file:
    json.dump({'width': WIDTH, 'height': HEIGHT, 'cases': cases}, file, separators=(',', ':'))
    file.write('\n')
