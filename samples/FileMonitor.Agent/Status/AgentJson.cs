using System.Text.Json.Serialization;
using FileMonitor.Agent.Events;

namespace FileMonitor.Agent.Status;

/// <summary>The agent's own documents as JSON. Characters that browsers could take for markup, and all that are not ASCII, are escaped.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(ReadyDocument))]
[JsonSerializable(typeof(SeriesDocument))]
internal sealed partial class AgentJson : JsonSerializerContext;
