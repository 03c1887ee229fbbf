using FileMonitor.Values;

namespace FileMonitor;

/// <summary>
/// Which process made a change, as far as it could be found out. Only <see cref="ChangeSourceKind.Fanotify"/> knows; other sources say
/// nothing. What is null is not known: nothing here is guessed.
/// </summary>
/// <remarks>Immutable. Many events of one process share one object.</remarks>
public sealed class Actor
{
    /// <summary>How sure all this is. At <see cref="ActorConfidence.Unknown"/> not even the process is known.</summary>
    public ActorConfidence Confidence { get; init; }

    /// <summary>The number of the process, as the monitor's own process sees it; null when it lies in a part of the machine that cannot be seen from here.</summary>
    public int? ProcessId { get; init; }

    /// <summary>
    /// When the process began, in the clock ticks since the machine started that <c>/proc/PID/stat</c> shows. Together with the number it
    /// names one process: numbers are used again. Null when the process had ended before it could be asked.
    /// </summary>
    public long? StartKey { get; init; }

    /// <summary>The path of the program that the process runs. It is as hostile as any file name.</summary>
    public string? Executable { get; init; }

    /// <summary>The bytes of <see cref="Executable"/> in base64, only when they are not valid UTF-8 (see <see cref="AuditEvent.RelativePathBytes"/>).</summary>
    public string? ExecutableBytes => Executable is null ? null : PathText.BytesIfNotUtf8(Executable);

    /// <summary>The arguments as the process shows them, joined by blanks and cut after 4,096 characters. A process can write there what it likes.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The same for <see cref="CommandLine"/>.</summary>
    public string? CommandLineBytes => CommandLine is null ? null : PathText.BytesIfNotUtf8(CommandLine);

    /// <summary>The numeric id of the user in whose name it runs (the effective one).</summary>
    public long? UserId { get; init; }

    /// <summary>The name of that user, by the machine's user list; null when it has none there.</summary>
    public string? UserName { get; init; }

    /// <summary>The id of the container that it runs in, by its control group: 64 hexadecimal digits for the usual engines. Null outside of one.</summary>
    public string? ContainerId { get; init; }

    /// <summary>Whether both are one process as far as is known: the number is the same, and when it began.</summary>
    internal bool IsSameProcess(Actor other) =>
        ReferenceEquals(this, other) || (ProcessId == other.ProcessId && StartKey == other.StartKey);

    /// <summary>A line for a log or a debugger. The program's path is shown as it is: neutralise it before a terminal sees it.</summary>
    public override string ToString() => $"{ProcessId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"} {Executable ?? "?"} ({Confidence})";
}
