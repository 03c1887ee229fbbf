using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using FileMonitor.Agent.Events;
using FileMonitor.Durable;
using FileMonitor.JsonLines;

namespace FileMonitor.Agent.Search;

/// <summary>How much a search may cost.</summary>
/// <param name="Patience">How long a request looks for more; then it answers with what it found, and where to go on.</param>
/// <param name="Searches">How many may search at once.</param>
/// <param name="Exports">How many may export at once.</param>
internal sealed record SearchLimits(TimeSpan Patience, int Searches, int Exports)
{
    public static SearchLimits Usual { get; } = new(TimeSpan.FromSeconds(2), Searches: 4, Exports: 2);
}

/// <summary>
/// Searches what was told, the newest first: the journals of the monitors that have one, which hold every event that was ever told, and for the others the buffer. So nothing is found twice.
/// Stateless but for what names the journals.
/// </summary>
internal sealed class EventSearch(IReadOnlyList<FileSystemMonitor> monitors, EventBuffer buffer, SearchLimits limits, TimeProvider time)
{
    private const int MostKeyBytes = 4096;

    private readonly ConcurrentDictionary<string, string> _keys = new();

    /// <summary>The names of the monitors.</summary>
    public IEnumerable<string> Monitors => monitors.Select(monitor => monitor.Name);

    /// <summary>Begins a search.</summary>
    /// <param name="filter">What is searched for.</param>
    /// <param name="before">Where to go on; null to begin with the latest.</param>
    /// <param name="isPatient">Whether it may take as long as it takes.</param>
    /// <param name="cancellationToken">Ends the reading of journals.</param>
    public SearchRun Begin(SearchFilter filter, SearchCursor? before, bool isPatient, CancellationToken cancellationToken)
    {
        var sources = new List<SearchSource>(monitors.Count + 1);
        var withoutJournal = new HashSet<string>(StringComparer.Ordinal);
        foreach (var monitor in monitors)
        {
            if (monitor.GetHealth().Store is null)
            {
                withoutJournal.Add(monitor.Name);
            }

            var place = filter.Monitor is null || filter.Monitor == monitor.Name ? before?.Places[sources.Count] ?? long.MaxValue : 0;
            var lines = withoutJournal.Contains(monitor.Name) || place == 0 ? NoneAsync() : JournalAsync(monitor, place, cancellationToken);
            sources.Add(new(monitor.Name, lines.GetAsyncEnumerator(cancellationToken), filter, withoutJournal.Contains(monitor.Name) ? 0 : place, _ => true));
        }

        var position = before?.Places[^1] ?? long.MaxValue;
        var buffered = withoutJournal.Count == 0 || position == 0 ? NoneAsync() : BufferAsync(position);
        sources.Add(new(monitor: null, buffered.GetAsyncEnumerator(cancellationToken), filter, position, monitor => monitor is not null && withoutJournal.Contains(monitor)));
        return new(sources, time, isPatient ? TimeSpan.MaxValue : limits.Patience);
    }

    /// <summary>The one event of a number; none when it is not kept, or another. The problem is null when nothing was wrong.</summary>
    public async Task<(AuditEvent? Event, string? Problem)> FindOneAsync(SearchFilter filter, CancellationToken cancellationToken)
    {
        var monitor = monitors.First(one => one.Name == filter.Monitor);
        if (monitor.GetHealth().Store is null)
        {
            await using var run = Begin(filter, before: null, isPatient: true, cancellationToken);
            return (await run.NextAsync(cancellationToken) == SearchStep.Found ? run.Read() : null, null);
        }

        try
        {
            await foreach (var one in DurableEvents.ReadAsync(monitor, filter.Sequence!.Value - 1, cancellationToken))
            {
                return (one.Sequence == filter.Sequence && IsMatch(filter, one) ? one : null, null);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return (null, SearchSource.Describe(monitor.Name, failed));
        }

        return (null, null);
    }

    /// <summary>The cursor of a text; null when it is none of these monitors and journals.</summary>
    public SearchCursor? Parse(string text) => SearchCursor.TryParse(text, Name(), monitors.Count + 1);

    /// <summary>Where a search goes on, as text.</summary>
    public string CursorOf(SearchRun run) => new SearchCursor([.. run.Places]).ToText(Name());

    private static bool IsMatch(SearchFilter filter, AuditEvent one)
    {
        var line = new ArrayBufferWriter<byte>();
        AuditEventJson.WriteLine(line, one);
        return EventColumns.TryRead(line.WrittenSpan) is { } columns && filter.Matches(columns);
    }

    private static async IAsyncEnumerable<SourceLine> JournalAsync(FileSystemMonitor monitor, long before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in DurableEvents.ReadBackAsync(monitor, before, cancellationToken))
        {
            yield return new(record.Index, record.Line);
        }
    }

    private async IAsyncEnumerable<SourceLine> BufferAsync(long before)
    {
        var copied = new List<BufferedEvent>();
        for (buffer.CopyBefore(before, copied); copied.Count > 0; buffer.CopyBefore(copied[^1].Position, copied))
        {
            foreach (var one in copied)
            {
                yield return new(one.Position, one.Line);
            }
        }

        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<SourceLine> NoneAsync()
    {
        await Task.CompletedTask;
        yield break;
    }

    /// <summary>What names the sources: places in other journals, or in the buffer of another run, are other events.</summary>
    private byte[] Name()
    {
        var text = new StringBuilder();
        foreach (var monitor in monitors)
        {
            var key = monitor.GetHealth().Store is { } store ? _keys.GetOrAdd(monitor.Name, (_, directory) => FirstKey(directory), store.Directory) : buffer.Epoch;
            text.Append(monitor.Name).Append('\0').Append(key).Append('\0');
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))[..SearchCursor.NameBytes];
    }

    /// <summary>The public key with which a journal began: another journal has another one.</summary>
    private static string FirstKey(string directory)
    {
        try
        {
            using var file = File.OpenHandle(Path.Join(directory, "journal.pub"));
            var bytes = new byte[MostKeyBytes];
            return Convert.ToBase64String(bytes, 0, RandomAccess.Read(file, bytes, 0));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // It is needed to verify the journal and not to read it.
            return "";
        }
    }
}
