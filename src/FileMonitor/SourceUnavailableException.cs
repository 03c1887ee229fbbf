namespace FileMonitor;

/// <summary>
/// The source that <see cref="FileMonitorOptions.RequireSource"/> asks for cannot be used for a root. The message says why, and what to do.
/// </summary>
public sealed class SourceUnavailableException : IOException
{
    internal SourceUnavailableException(string root, ChangeSourceKind source, string reason)
        : base($"'{root}' cannot be watched with {source}, which is required: {reason}")
    {
        Root = root;
        RequiredSource = source;
    }

    /// <summary>The root, as configured.</summary>
    public string Root { get; }

    /// <summary>The required source.</summary>
    public ChangeSourceKind RequiredSource { get; }
}
