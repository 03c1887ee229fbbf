namespace FileMonitor.Cli;

/// <summary>The form in which <c>watch</c> prints events.</summary>
internal enum WatchFormat
{
    /// <summary>For a person.</summary>
    Text,

    /// <summary>For a program: one JSON object per line, with everything that the event has.</summary>
    Jsonl,

    /// <summary>The same for what reads the Elastic Common Schema.</summary>
    Ecs,

    /// <summary>The same for what reads the Open Cybersecurity Schema Framework.</summary>
    Ocsf,

    /// <summary>The same for what reads CloudEvents.</summary>
    CloudEvents,
}
