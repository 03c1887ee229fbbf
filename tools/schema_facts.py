#!/usr/bin/env python3
"""Takes out of the published schemas what the tests of FileMonitor.Schemas check against: names, types, requirements, enumerations; no text.

    schema_facts.py ocsf DIRECTORY > tests/FileMonitor.Schemas.Tests/SchemaFacts/ocsf.json    # a checkout of ocsf/ocsf-schema
    schema_facts.py ecs FILE > tests/FileMonitor.Schemas.Tests/SchemaFacts/ecs.json           # generated/ecs/ecs_flat.yml of elastic/ecs

Needs nothing but Python 3.
"""

import json
import os
import re
import sys

EVENT_CLASS = "file_activity"
CATEGORY = "system"

# The objects that events of ours have. The tests refuse an object that is not among them.
OBJECTS = ["actor", "container", "device", "file", "fingerprint", "metadata", "object", "process", "product", "user"]

# The field sets of which our documents have fields; the tests refuse a field that is not among them. Deeper fields are left out.
FIELD_SETS = ["@timestamp", "agent", "container", "ecs", "error", "event", "file", "host", "labels", "message", "process", "related", "tags", "user"]
DEEPEST = 3

# The fields whose values ECS enumerates.
CHECKED_FIELDS = ["event.kind", "event.category", "event.type", "event.outcome"]


def load(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


class Ocsf:
    def __init__(self, top):
        self.top = top
        self.dictionary = load(top, "dictionary.json")
        self.classes = self.index("events")
        self.objects = self.index("objects")

    def index(self, folder):
        found = {}
        for directory, _, files in os.walk(os.path.join(self.top, folder)):
            for name in files:
                if name.endswith(".json"):
                    one = load(directory, name)
                    found[one["name"]] = one
        return found

    def included(self, attributes):
        """The attributes of the included profiles, then its own."""
        merged = {}
        for profile_path in attributes.get("$include", []):
            profile = load(self.top, profile_path)
            for name, attribute in profile["attributes"].items():
                merged[name] = {**attribute, "profile": profile["name"]}
        for name, attribute in attributes.items():
            if name != "$include":
                merged[name] = {**merged.get(name, {}), **attribute}
        return merged

    def merged(self, kind, name):
        one = kind[name]
        base = self.merged(kind, one["extends"]) if "extends" in one else {"attributes": {}, "constraints": {}, "profiles": []}
        attributes = dict(base["attributes"])
        for attribute_name, attribute in self.included(one.get("attributes", {})).items():
            before = attributes.get(attribute_name, {})
            merged = {**before, **attribute}
            if "enum" in before and "enum" in attribute:
                merged["enum"] = {**before["enum"], **attribute["enum"]}
            attributes[attribute_name] = merged
        return {
            "attributes": attributes,
            "constraints": one.get("constraints", base["constraints"]),
            "profiles": sorted({*base["profiles"], *one.get("profiles", [])}),
        }

    def compiled(self, kind, name):
        merged = self.merged(kind, name)
        attributes = {}
        for attribute_name, attribute in sorted(merged["attributes"].items()):
            general = self.dictionary["attributes"][attribute_name]
            enum = {**general.get("enum", {}), **attribute.get("enum", {})}
            fact = {"type": attribute.get("type", general["type"])}
            if attribute.get("is_array", general.get("is_array", False)):
                fact["array"] = True
            if attribute.get("requirement") == "required":
                fact["required"] = True
            if enum:
                fact["enum"] = {value: entry["caption"] for value, entry in enum.items()}
            if "sibling" in general and enum:
                fact["sibling"] = general["sibling"]
            if attribute.get("profile"):
                fact["profile"] = attribute["profile"]
            if "@deprecated" in attribute or "@deprecated" in general:
                fact["deprecated"] = True
            attributes[attribute_name] = fact
        compiled = {"attributes": attributes}
        if merged["constraints"]:
            compiled["constraints"] = merged["constraints"]
        return compiled, merged["profiles"]

    def facts(self):
        event, profiles = self.compiled(self.classes, EVENT_CLASS)
        category = load(self.top, "categories.json")["attributes"][CATEGORY]["uid"]
        class_uid = category * 1000 + self.classes[EVENT_CLASS]["uid"]
        attributes = event["attributes"]
        attributes["category_uid"]["enum"] = {str(category): ""}
        attributes["class_uid"]["enum"] = {str(class_uid): ""}
        attributes["type_uid"]["enum"] = {str(class_uid * 100 + int(activity)): "" for activity in attributes["activity_id"]["enum"]}
        for uid in ("category_uid", "class_uid", "type_uid"):
            attributes[uid].pop("sibling", None)
        objects = {}
        for name in OBJECTS:
            objects[name], more = self.compiled(self.objects, name)
            profiles = sorted({*profiles, *more})
        kinds = ("type", "regex", "max_len", "range", "values")
        types = {name: {kind: value[kind] for kind in kinds if kind in value} for name, value in self.dictionary["types"]["attributes"].items()}
        return {"version": load(self.top, "version.json")["version"], "profiles": profiles, "class": event, "objects": objects, "types": types}


def ecs_facts(path):
    """The file is YAML with one entry for each field at the left edge; a parser of all of YAML is not needed for these four properties."""
    fields = {}
    field = None
    in_values = False
    with open(path, encoding="utf-8") as file:
        for line in file:
            if match := re.fullmatch(r"'?([@\w.]+)'?:\n", line):
                field = fields[match.group(1)] = {}
                name = match.group(1)
                in_values = False
            elif match := re.fullmatch(r"  (\w+):(.*)\n", line):
                in_values = match.group(1) == "allowed_values" and name in CHECKED_FIELDS
                if match.group(1) == "type":
                    field["type"] = match.group(2).strip()
                elif match.group(1) == "object_type":
                    field["values"] = match.group(2).strip()
            elif line.strip() == "- array":
                field["array"] = True
            elif in_values and (match := re.fullmatch(r"(?:  -|   ) name: (\w+)\n", line)):
                field.setdefault("enum", []).append(match.group(1))
    return {name: fact for name, fact in fields.items() if name.split(".")[0] in FIELD_SETS and name.count(".") < DEEPEST}


def write(facts):
    """One line for each attribute or field: small, and differences between versions can be read."""
    text = json.dumps(facts, indent=1, sort_keys=True)
    text = re.sub(r"\{\n\s*([^{}\[\]]*?)\n\s*\}", lambda match: "{" + re.sub(r"\n\s*", " ", match.group(1)) + "}", text)
    print(text)


if len(sys.argv) == 3 and sys.argv[1] == "ocsf":
    write(Ocsf(sys.argv[2]).facts())
elif len(sys.argv) == 3 and sys.argv[1] == "ecs":
    write(ecs_facts(sys.argv[2]))
else:
    sys.exit(__doc__)
