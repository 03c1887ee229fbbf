using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>How an <see cref="Actor"/> was found, and so how certain it is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ActorConfidence>))]
public enum ActorConfidence
{
    /// <summary>Nothing is known beyond the properties that are set.</summary>
    Unknown,

    /// <summary>
    /// The kernel reported the process id, and the process was looked up in <c>/proc</c> by that number only: if it had ended, another process
    /// may have had the number by then.
    /// </summary>
    ProcLookup,

    /// <summary>
    /// The kernel reported the process id and, before, the program that it started. The process had ended before more could be looked up than, at the start, its user.
    /// </summary>
    ExecCache,

    /// <summary>The kernel reported the process id, and it was still the same process after it was looked up.</summary>
    Kernel,
}
