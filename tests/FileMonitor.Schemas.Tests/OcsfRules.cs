using System.Text.Json;
using System.Text.RegularExpressions;

namespace FileMonitor.Schemas.Tests;

/// <summary>The rules of OCSF for the class File System Activity, as SchemaFacts/ocsf.json has them.</summary>
internal static class OcsfRules
{
    private static readonly JsonElement Facts = SchemaFacts.Read("ocsf.json");

    public static string Version => Facts.GetProperty("version").GetString()!;

    public static IReadOnlyList<string> Errors(JsonElement occurrence)
    {
        var errors = new List<string>();
        var profiles = new HashSet<string>();
        if (occurrence.TryGetProperty("metadata", out var metadata))
        {
            profiles = metadata.TryGetProperty("profiles", out var named) ? [.. named.EnumerateArray().Select(one => one.GetString()!)] : [];
            if (metadata.TryGetProperty("version", out var version) && version.GetString() != Version)
            {
                errors.Add($"metadata.version: {version}, not {Version}");
            }
        }

        var known = Facts.GetProperty("profiles").EnumerateArray().Select(one => one.GetString()!);
        errors.AddRange(profiles.Except(known).Select(profile => $"metadata.profiles: the class has no profile {profile}"));
        CheckObject(occurrence, Facts.GetProperty("class"), "event", profiles, errors);
        if (occurrence.TryGetProperty("activity_id", out var activity) && occurrence.TryGetProperty("type_uid", out var type) && type.GetInt64() != 100_100 + activity.GetInt64())
        {
            errors.Add($"type_uid: {type} is not that of activity {activity}");
        }

        return errors;
    }

    private static void CheckObject(JsonElement value, JsonElement rules, string at, HashSet<string> profiles, List<string> errors)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            errors.Add($"{at}: no object");
            return;
        }

        var attributes = rules.GetProperty("attributes");
        foreach (var member in value.EnumerateObject())
        {
            if (!attributes.TryGetProperty(member.Name, out var rule))
            {
                errors.Add($"{at}.{member.Name}: not in the schema");
                continue;
            }

            if (!IsActive(rule, profiles))
            {
                errors.Add($"{at}.{member.Name}: belongs to a profile that metadata.profiles does not name");
            }

            if (rule.TryGetProperty("deprecated", out _))
            {
                errors.Add($"{at}.{member.Name}: deprecated");
            }

            CheckAttribute(member.Value, rule, $"{at}.{member.Name}", profiles, errors);
            CheckSibling(value, member, rule, at, errors);
        }

        foreach (var rule in attributes.EnumerateObject().Where(rule => rule.Value.TryGetProperty("required", out _) && IsActive(rule.Value, profiles) && !value.TryGetProperty(rule.Name, out _)))
        {
            errors.Add($"{at}.{rule.Name}: required, and not there");
        }

        if (rules.TryGetProperty("constraints", out var constraints))
        {
            CheckConstraints(value, constraints, at, errors);
        }
    }

    private static bool IsActive(JsonElement rule, HashSet<string> profiles) => !rule.TryGetProperty("profile", out var profile) || profiles.Contains(profile.GetString()!);

    private static void CheckConstraints(JsonElement value, JsonElement constraints, string at, List<string> errors)
    {
        foreach (var constraint in constraints.EnumerateObject())
        {
            var present = constraint.Value.EnumerateArray().Count(one => value.TryGetProperty(one.GetString()!, out _));
            if (constraint.Name is not ("at_least_one" or "just_one"))
            {
                errors.Add($"{at}: the tests do not know the constraint {constraint.Name}");
            }
            else if (present == 0 || (constraint.Name == "just_one" && present > 1))
            {
                errors.Add($"{at}: {constraint.Name} of {string.Join(", ", constraint.Value.EnumerateArray())}, and there are {present}");
            }
        }
    }

    private static void CheckSibling(JsonElement parent, JsonProperty member, JsonElement rule, string at, List<string> errors)
    {
        if (rule.TryGetProperty("sibling", out var sibling) && rule.TryGetProperty("enum", out var values) && parent.TryGetProperty(sibling.GetString()!, out var text)
            && member.Value.GetRawText() != "99" && values.TryGetProperty(member.Value.GetRawText(), out var caption) && caption.GetString() != text.GetString())
        {
            errors.Add($"{at}.{sibling}: '{text}' where {member.Name} says '{caption}'");
        }
    }

    private static void CheckAttribute(JsonElement value, JsonElement rule, string at, HashSet<string> profiles, List<string> errors)
    {
        var type = rule.GetProperty("type").GetString()!;
        var isArray = rule.TryGetProperty("array", out _);
        if (isArray != (value.ValueKind == JsonValueKind.Array))
        {
            errors.Add($"{at}: {(isArray ? "no array" : "an array")}");
            return;
        }

        foreach (var one in isArray ? value.EnumerateArray().ToArray() : [value])
        {
            if (Facts.GetProperty("types").TryGetProperty(type, out _))
            {
                CheckScalar(one, type, at, errors);
            }
            else if (type == "object")
            {
                // Attributes of any names.
                errors.AddRange(one.ValueKind == JsonValueKind.Object ? [] : [$"{at}: no object"]);
            }
            else if (Facts.GetProperty("objects").TryGetProperty(type, out var rules))
            {
                CheckObject(one, rules, at, profiles, errors);
            }
            else
            {
                errors.Add($"{at}: the facts do not have the object {type}");
            }

            if (rule.TryGetProperty("enum", out var values) && !values.TryGetProperty(one.ToString(), out _))
            {
                errors.Add($"{at}: {one} is not in the enumeration");
            }
        }
    }

    private static void CheckScalar(JsonElement value, string type, string at, List<string> errors)
    {
        for (var next = type; next.Length > 0;)
        {
            var rule = Facts.GetProperty("types").GetProperty(next);
            var isGood = next switch
            {
                "boolean_t" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "integer_t" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
                "long_t" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
                "float_t" => value.ValueKind == JsonValueKind.Number,
                "string_t" => value.ValueKind == JsonValueKind.String,
                _ => rule.TryGetProperty("type", out _),
            };
            isGood &= !rule.TryGetProperty("regex", out var regex) || Regex.IsMatch(value.ToString(), regex.GetString()!);
            isGood &= !rule.TryGetProperty("max_len", out var longest) || value.ToString().Length <= longest.GetInt32();
            isGood &= !rule.TryGetProperty("range", out var range) || (value.GetInt64() >= range[0].GetInt64() && value.GetInt64() <= range[1].GetInt64());
            if (!isGood)
            {
                errors.Add($"{at}: {value.GetRawText()} is no {type}");
                return;
            }

            next = rule.TryGetProperty("type", out var general) ? general.GetString()! : "";
        }
    }
}
