using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Schemas.Tests;

/// <summary>The rules of ECS for the fields of a document, as SchemaFacts/ecs.json has them.</summary>
internal static class EcsRules
{
    private static readonly JsonElement Facts = SchemaFacts.Read("ecs.json");

    // A file event may have these types only.
    private static readonly string[] TypesOfFiles = ["access", "change", "creation", "deletion", "info"];

    public static IReadOnlyList<string> Errors(JsonElement document)
    {
        var errors = new List<string>();
        Check(document, "", errors);
        foreach (var required in new[] { "@timestamp", "ecs" })
        {
            if (!document.TryGetProperty(required, out _))
            {
                errors.Add($"{required}: not there");
            }
        }

        if (document.TryGetProperty("event", out var facts) && facts.TryGetProperty("type", out var types) && types.ValueKind == JsonValueKind.Array)
        {
            errors.AddRange(types.EnumerateArray().Where(type => !TypesOfFiles.Contains(type.GetString())).Select(type => $"event.type: {type} is not for the category file"));
        }

        return errors;
    }

    private static void Check(JsonElement value, string at, List<string> errors)
    {
        foreach (var member in value.EnumerateObject())
        {
            var name = at.Length == 0 ? member.Name : $"{at}.{member.Name}";
            var isField = Facts.TryGetProperty(name, out var rule);
            if (member.Value.ValueKind != JsonValueKind.Object)
            {
                errors.AddRange(isField ? ErrorsOfField(member.Value, rule, name) : [$"{name}: no field of ECS"]);
            }
            else if (!isField)
            {
                // A set of fields, of which each is looked up. An empty one is no error, and says nothing.
                Check(member.Value, name, errors);
            }
            else if (rule.GetProperty("type").GetString() != "object" || !rule.TryGetProperty("values", out _))
            {
                errors.Add($"{name}: an object");
            }
            else
            {
                errors.AddRange(member.Value.EnumerateObject()
                    .Where(one => one.Value.ValueKind != JsonValueKind.String || one.Name.Contains('.', StringComparison.Ordinal) || one.Name.Length == 0)
                    .Select(one => $"{name}.{one.Name}: no text, or a name with a dot"));
            }
        }
    }

    private static IEnumerable<string> ErrorsOfField(JsonElement value, JsonElement rule, string name)
    {
        var isArray = rule.TryGetProperty("array", out _);
        if (isArray != (value.ValueKind == JsonValueKind.Array))
        {
            return [$"{name}: {(isArray ? "no array" : "an array")}"];
        }

        var type = rule.GetProperty("type").GetString()!;
        var values = isArray ? value.EnumerateArray().ToArray() : [value];
        return values.Where(one => !IsA(one, type)).Select(one => $"{name}: {one.GetRawText()} is no {type}")
            .Concat(rule.TryGetProperty("enum", out var allowed)
                ? values.Where(one => !allowed.EnumerateArray().Any(good => good.GetString() == one.ToString())).Select(one => $"{name}: {one} is not in the enumeration")
                : []);
    }

    private static bool IsA(JsonElement value, string type) => type switch
    {
        "keyword" or "wildcard" or "match_only_text" => value.ValueKind == JsonValueKind.String,
        "long" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "date" => value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParseExact(value.GetString(), ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        _ => false,
    };
}
