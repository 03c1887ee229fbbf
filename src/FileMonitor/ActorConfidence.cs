using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>How an <see cref="Actor"/> was found out, and so how sure it is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ActorConfidence>))]
public enum ActorConfidence
{
    /// <summary>Nothing is known beyond what is said.</summary>
    Unknown,

    /// <summary>
    /// The kernel named the process, and it was looked up in <c>/proc</c> by its number alone: if it had ended, another may have had the
    /// number by then.
    /// </summary>
    ProcLookup,

    /// <summary>The kernel named the process, and its program is the one that the kernel said it started; it had ended before more could be asked.</summary>
    ExecCache,

    /// <summary>The kernel named the process, and it was still the same one after it was looked up.</summary>
    Kernel,
}
