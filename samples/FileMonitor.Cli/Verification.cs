namespace FileMonitor.Cli;

/// <summary>Compares what was reported with the disk, at the end of a watch.</summary>
internal sealed class Verification(FlushResult flushed, VerifyResult compared)
{
    public bool Differs => compared.DifferenceCount > 0;

    /// <summary>Whether everything was compared. Degradations of the flush and open gaps do not count.</summary>
    public bool IsWhole => compared.IsComplete && flushed.NotReached.Count == 0;

    /// <summary>Runs while the monitor still runs: a stopped one would miss changes and show them as differences.</summary>
    public static async Task<Verification> RunAsync(FileSystemMonitor monitor) =>
        new(await monitor.FlushAsync(), await monitor.VerifyAsync(checksums: true));

    /// <summary>Writes one line for each difference and problem, then the result.</summary>
    public void Report(StandardStreams streams)
    {
        foreach (var degradation in flushed.Degradations)
        {
            streams.Complain($"flush: {degradation}");
        }

        foreach (var unreached in flushed.NotReached)
        {
            streams.Complain($"flush: not reached in time: {unreached}");
        }

        foreach (var problem in compared.Problems)
        {
            streams.Complain($"not compared: {CommandWords.Of(problem)}");
        }

        foreach (var difference in compared.Differences)
        {
            streams.Complain($"{QuotedText.Quote(Path.Join(difference.Root, difference.RelativePath))}: {Words(difference.Kind)}. {difference.Detail}");
        }

        var untold = compared.DifferenceCount - compared.Differences.Count;
        streams.Complain(
            $"verified {Counted.Of(compared.Items, "item")} and {Counted.Of(compared.Checksums, "checksum")}: {Counted.Of(compared.DifferenceCount, "difference")}"
            + $"{(untold == 0 ? "" : $", of which {Counted.Of(untold, "is", "are")} not listed")}, {Counted.Of(compared.Problems.Count, "problem")}{(IsWhole ? "" : "; not everything was compared")}.");
    }

    private static string Words(DifferenceKind kind) => kind switch
    {
        DifferenceKind.NotReported => "not reported",
        DifferenceKind.NotOnDisk => "not on disk",
        DifferenceKind.StateDiffers => "differs",
        DifferenceKind.ContentDiffers => "content differs",
        _ => kind.ToString(),
    };
}
