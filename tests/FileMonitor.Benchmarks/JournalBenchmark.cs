using System.Diagnostics;
using System.Globalization;
using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Verification;

namespace FileMonitor.Benchmarks;

/// <summary>
/// The journal of FileMonitor.Durable: lines of 600 bytes, committed 256 at a time, against the same bytes written and flushed to a plain file in the same
/// run, pair by pair; then the verification of a million records.
/// </summary>
internal static class JournalBenchmark
{
    private const int LineBytes = 600;
    private const int LinesPerCommit = 256;
    private const int Rounds = 5;
    private const int LinesPerRound = 40 * LinesPerCommit;
    private const int VerifiedLines = 1_000_000;

    /// <summary>Arguments: any of "append", "verify"; both when none is given.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var directory = Directory.CreateTempSubdirectory("filemonitor-journal-").FullName;
        try
        {
            if (args is [] || args.Contains("append"))
            {
                await AppendAsync(directory);
            }

            return (args is [] || args.Contains("verify")) && !await VerifyAsync(directory) ? 1 : 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task AppendAsync(string directory)
    {
        var writer = JournalWriter.Open(new() { Directory = Path.Join(directory, "append") });
        using var plain = File.OpenHandle(Path.Join(directory, "plain"), FileMode.CreateNew, FileAccess.ReadWrite);
        var lines = new Lines();

        // Once each beforehand: code is compiled.
        Journal(writer, lines, LinesPerCommit * 4);
        Plain(plain, lines, LinesPerCommit * 4);
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var plainRate = Rate(() => Plain(plain, lines, LinesPerRound));
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var journalRate = Rate(() => Journal(writer, lines, LinesPerRound));
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            ratios.Add(journalRate / plainRate);
            Print($"  journal {journalRate:F0} lines/s, plain file {plainRate:F0} lines/s, ratio {journalRate / plainRate:F2}, {allocated / (double)LinesPerRound:F1} bytes allocated per line");
        }

        Print($"journal against a plain file: ratio min {ratios.Min():F2}  median {ratios.Order().ElementAt(Rounds / 2):F2}  max {ratios.Max():F2}");
        await writer.CloseAsync(CancellationToken.None);
    }

    private static async Task<bool> VerifyAsync(string directory)
    {
        var path = Path.Join(directory, "verify");
        var writer = JournalWriter.Open(new() { Directory = path });
        Journal(writer, new Lines(), VerifiedLines);
        await writer.CloseAsync(CancellationToken.None);
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Stopwatch.GetTimestamp();
        var verdict = JournalVerifier.Verify(path);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Print($"verified {verdict.RecordCount} records in {seconds:F2} s; live memory {(GC.GetTotalMemory(forceFullCollection: true) - before) / 1024} KiB more, working set at most {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        Console.WriteLine(verdict);
        return verdict.Finding is null;
    }

    private static void Journal(JournalWriter writer, Lines lines, int count)
    {
        for (var line = 1; line <= count; line++)
        {
            writer.Append(lines.Next());
            if (line % LinesPerCommit == 0 || line == count)
            {
                writer.Commit();
            }
        }
    }

    private static void Plain(Microsoft.Win32.SafeHandles.SafeFileHandle file, Lines lines, int count)
    {
        var batch = new byte[LinesPerCommit * LineBytes];
        var offset = RandomAccess.GetLength(file);
        for (var written = 0; written < count; written += LinesPerCommit)
        {
            for (var line = 0; line < LinesPerCommit; line++)
            {
                lines.Next().CopyTo(batch.AsSpan(line * LineBytes));
            }

            RandomAccess.Write(file, batch, offset);
            RandomAccess.FlushToDisk(file);
            offset += batch.Length;
        }
    }

    private static double Rate(Action write)
    {
        var start = Stopwatch.GetTimestamp();
        write();
        return LinesPerRound / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Lines as events are, each with a number of its own.</summary>
    private sealed class Lines
    {
        private const int NumberAt = 12;
        private const int Digits = 12;

        private readonly byte[] _line;
        private long _number = 100_000_000_000;

        public Lines()
        {
            var begin = "{\"sequence\":000000000000,\"kind\":\"Modified\",\"path\":\"";
            var end = "\",\"checksumStatus\":\"Computed\"}\n";
            _line = Encoding.ASCII.GetBytes(begin + new string('p', LineBytes - begin.Length - end.Length) + end);
        }

        public ReadOnlySpan<byte> Next()
        {
            _ = _number++.TryFormat(_line.AsSpan(NumberAt, Digits), out _, provider: CultureInfo.InvariantCulture);
            return _line;
        }
    }
}
