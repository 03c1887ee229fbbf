using System.Text.Json.Serialization;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.History;
using FileMonitor.Agent.Search;

namespace FileMonitor.Agent.Status;

/// <summary>The agent's own documents as JSON. Characters that browsers could take for markup, and all that are not ASCII, are escaped.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(ReadyDocument))]
[JsonSerializable(typeof(SeriesDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(IncidentsDocument))]
[JsonSerializable(typeof(DirectoriesDocument))]
internal sealed partial class AgentJson : JsonSerializerContext;
