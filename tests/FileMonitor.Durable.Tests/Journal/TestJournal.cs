using System.Globalization;
using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Verification;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>Journals for tests: how they are written, and what is in them.</summary>
internal static class TestJournal
{
    public static JournalSettings Settings(string directory, long segmentBytes = 64 * 1024) => new()
    {
        Directory = directory,
        SegmentBytes = segmentBytes,
        Host = "test",
        Time = new FakeTimeProvider(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
    };

    public static string Line(long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"sequence\":{number},\"kind\":\"Created\",\"path\":\"/srv/data/{number % 7}/file-{number}.bin\"}}");

    /// <summary>All checkpoints of a journal once, in the order of their sizes.</summary>
    public static List<CheckpointNote> Notes(string directory)
    {
        var notes = new SortedDictionary<long, CheckpointNote>();
        foreach (var file in Directory.GetFiles(directory, "*.checkpoint").Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(file);
            var at = 0;
            while (CheckpointNote.TryRead(bytes.AsSpan(at), out var length) is { } note)
            {
                notes.TryAdd(note.Size, note);
                at += length;
            }
        }

        notes.Remove(0);
        return [.. notes.Values];
    }

    public static long Append(this JournalWriter writer, string line) => writer.Append(Encoding.UTF8.GetBytes(line));

    public static void AppendMany(this JournalWriter writer, long from, int count)
    {
        for (var number = from; number < from + count; number++)
        {
            writer.Append(Line(number));
        }
    }

    /// <summary>Writes so many lines in commits of a size, and closes.</summary>
    public static async Task<string> WriteAsync(JournalSettings settings, int count, int linesPerCommit = 10, long from = 1)
    {
        var writer = JournalWriter.Open(settings);
        for (var written = 0; written < count; written += linesPerCommit)
        {
            writer.AppendMany(from + written, Math.Min(linesPerCommit, count - written));
            writer.Commit().Postponed.Should().BeNull();
        }

        await writer.CloseAsync(CancellationToken.None);
        return settings.Directory;
    }

    /// <summary>All lines as a reader finds them, those of the journal itself included, without their LF.</summary>
    public static List<string> ReadAll(string directory, JournalProgress progress, long from = 0)
    {
        using var reader = new JournalReader(directory, progress);
        var found = new List<string>();
        var lines = new JournalLines();
        while (reader.Read(from, lines) is var status && status != JournalReadStatus.AtEnd)
        {
            for (var i = 0; i < lines.Count; i++)
            {
                found.Add(Encoding.UTF8.GetString(lines[i][..^1]));
            }

            from = lines.FirstIndex + lines.Count;
        }

        return found;
    }

    public static List<string> ReadAll(string directory) => ReadAll(directory, new JournalProgress(Verify(directory).RecordCount));

    public static JournalVerdict Verify(string directory, string? firstKeyPem = null, string? anchorPath = null, JournalTimestamps? timestamps = null) =>
        JournalVerifier.Verify(directory, firstKeyPem, anchorPath, timestamps, TestContext.Current.CancellationToken);

    /// <summary>Without the records that the journal adds.</summary>
    public static List<string> OwnLines(IEnumerable<string> lines) => [.. lines.Where(line => !line.Contains("KeyChanged", StringComparison.Ordinal))];

    public static IEnumerable<string> Lines(long from, int count) => Enumerable.Range(0, count).Select(i => Line(from + i));
}
