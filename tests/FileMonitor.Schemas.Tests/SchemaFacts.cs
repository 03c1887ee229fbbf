using System.Text.Json;

namespace FileMonitor.Schemas.Tests;

/// <summary>Facts about a published schema (SchemaFacts/README.md).</summary>
internal static class SchemaFacts
{
    public static JsonElement Read(string name)
    {
        using var stream = typeof(SchemaFacts).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
