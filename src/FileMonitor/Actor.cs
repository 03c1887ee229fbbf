using FileMonitor.Values;

namespace FileMonitor;

/// <summary>
/// The process that made a change, as far as it is known. Only <see cref="ChangeSourceKind.Fanotify"/> reports it; other sources do not. A null
/// property is not known: nothing is guessed.
/// </summary>
/// <remarks>Immutable. Many events of one process share one object.</remarks>
public sealed class Actor
{
    /// <summary>How certain this is. At <see cref="ActorConfidence.Unknown"/> not even the process is known.</summary>
    public ActorConfidence Confidence { get; init; }

    /// <summary>The process id, as the monitor's own process sees it; null when the process is in a namespace that is not visible from here.</summary>
    public int? ProcessId { get; init; }

    /// <summary>
    /// When the process began, in clock ticks since the machine started, as in <c>/proc/PID/stat</c>. Together with the number it identifies one
    /// process, because numbers are reused. Null when the process had ended before it was looked up.
    /// </summary>
    public long? StartKey { get; init; }

    /// <summary>The path of the program that the process runs, in the mount namespace of that process: in a container, a path of the container. Treat it as hostile, like any file name.</summary>
    public string? Executable { get; init; }

    /// <summary>The bytes of <see cref="Executable"/> in base64, only when they are not valid UTF-8 (see <see cref="AuditEvent.RelativePathBytes"/>).</summary>
    public string? ExecutableBytes => Executable is null ? null : PathText.BytesIfNotUtf8(Executable);

    /// <summary>The arguments as the process shows them, joined by blanks and cut after 4,096 characters. A process can set this text freely.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The bytes of <see cref="CommandLine"/> in base64, only when they are not valid UTF-8.</summary>
    public string? CommandLineBytes => CommandLine is null ? null : PathText.BytesIfNotUtf8(CommandLine);

    /// <summary>
    /// The numeric id of the effective user of the process; with <see cref="ActorConfidence.ExecCache"/> of the user who started the program, which a program with the set-user-ID bit changes.
    /// </summary>
    public long? UserId { get; init; }

    /// <summary>The name of that user in the machine's user list; null when it is not there.</summary>
    public string? UserName { get; init; }

    /// <summary>
    /// The id of the container of the process, from its control group: 64 hexadecimal digits for the usual engines. Null outside of a container.
    /// </summary>
    public string? ContainerId { get; init; }

    /// <summary>Whether both are one process as far as is known: same number, same start.</summary>
    internal bool IsSameProcess(Actor other) =>
        ReferenceEquals(this, other) || (ProcessId == other.ProcessId && StartKey == other.StartKey);

    /// <summary>A line for a log or a debugger. The path is quoted as in <see cref="AuditEvent.ToString"/>.</summary>
    public override string ToString() => $"{ProcessId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"} {(Executable is null ? "?" : QuotedText.Quote(Executable, " ()"))} ({Confidence})";
}
