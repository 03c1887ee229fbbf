namespace FileMonitor.Cli;

/// <summary>Who reads standard output.</summary>
internal enum OutputFormat
{
    /// <summary>A person.</summary>
    Text,

    /// <summary>A program: one JSON object per line.</summary>
    Jsonl,
}
