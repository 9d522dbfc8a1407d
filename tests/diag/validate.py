# SPDX-License-Identifier: LGPL-2.1-or-later
"""validate.py NAME FILE [SCHEMA] - is the JSON in FILE, one document or several, what schema.json says of NAME?"""

import json
import os
import sys

import jsonschema

name, path, *other = sys.argv[1:]
with open(other[0] if other else os.path.join(os.path.dirname(__file__), "schema.json"), encoding="utf-8") as f:
    schema = json.load(f)
schema["$ref"] = "#/$defs/" + name

with open(path, encoding="utf-8") as f:
    text = f.read()
decoder, at, documents = json.JSONDecoder(), 0, 0
while text[at:].strip():
    document, at = decoder.raw_decode(text, len(text) - len(text[at:].lstrip()))
    jsonschema.Draft202012Validator(schema).validate(document)
    documents += 1
sys.exit(0 if documents > 0 else "there is no document")
