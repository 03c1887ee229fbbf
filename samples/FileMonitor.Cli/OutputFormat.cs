namespace FileMonitor.Cli;

/// <summary>The reader of standard output.</summary>
internal enum OutputFormat
{
    /// <summary>A person.</summary>
    Text,

    /// <summary>A program: one JSON object per line.</summary>
    Jsonl,
}
