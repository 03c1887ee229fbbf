using FileMonitor.JsonLines;

namespace FileMonitor.Agent.Search;

/// <summary>A line of a source, and where it stands there.</summary>
internal readonly record struct SourceLine(long Place, ReadOnlyMemory<byte> Line);

/// <summary>
/// One of the places that a search looks into, back in time: the journal of a monitor, or the buffer. It reads some lines at a time and keeps what matches of them. One owner.
/// </summary>
/// <param name="monitor">Whose journal it is; null for the buffer.</param>
/// <param name="lines">The lines, newest first.</param>
/// <param name="filter">What is searched for.</param>
/// <param name="before">The place of the first line that is not wanted.</param>
/// <param name="isWanted">Whether an event is looked for here, by its monitor.</param>
internal sealed class SearchSource(string? monitor, IAsyncEnumerator<SourceLine> lines, SearchFilter filter, long before, Func<string?, bool> isWanted) : IAsyncDisposable
{
    private const int MostLines = 256;

    private readonly Queue<FoundEvent> _found = [];
    private long _before = before;
    private bool _isAtEnd;

    /// <summary>Whose journal it is; null for the buffer.</summary>
    public string? Monitor => monitor;

    /// <summary>The next event that it has; null when it has to be advanced for that, or is done.</summary>
    public FoundEvent? Head => _found.TryPeek(out var head) ? head : null;

    /// <summary>Whether it has been advanced.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether there is nothing more.</summary>
    public bool IsDone => _isAtEnd && _found.Count == 0;

    /// <summary>Everything in it that was told after this has been looked at.</summary>
    public DateTimeOffset? LookedBackTo { get; private set; }

    /// <summary>No event that it still has was told after this.</summary>
    public DateTimeOffset Newest => (HasBegun ? Head?.Columns.ToldAt ?? LookedBackTo : null) ?? DateTimeOffset.MaxValue;

    /// <summary>What to go on with later: the place of the first line that is not wanted then; 0 when it is done.</summary>
    public long Before => _found.TryPeek(out var head) ? head.Place + 1 : _isAtEnd && Problem is null ? 0 : _before;

    /// <summary>Why it could not be read to its end, in a sentence; null when nothing was wrong.</summary>
    public string? Problem { get; private set; }

    /// <summary>How many records are no JSON, or match and are no events that this version can read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>Takes the head.</summary>
    public void Take() => _found.Dequeue();

    /// <summary>Makes an event of what was found here; null when this version cannot read it.</summary>
    public AuditEvent? Read(FoundEvent found)
    {
        if (AuditEventJson.TryParse(found.Line.Span, out var auditEvent))
        {
            return auditEvent;
        }

        Unreadable++;
        return null;
    }

    /// <summary>Looks at some more lines.</summary>
    public async ValueTask AdvanceAsync()
    {
        HasBegun = true;
        try
        {
            for (var read = 0; read < MostLines && !_isAtEnd; read++)
            {
                if (!await lines.MoveNextAsync())
                {
                    _isAtEnd = true;
                    return;
                }

                _before = lines.Current.Place;
                Look(lines.Current);
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            _isAtEnd = true;
            Problem = Describe(monitor!, failed);
        }
    }

    /// <summary>Why a journal cannot be read, in a sentence.</summary>
    public static string Describe(string monitor, Exception failed) => failed is InvalidOperationException
        ? $"The journal of {monitor} is not open: its monitor starts or has stopped."
        : $"The journal of {monitor} cannot be read any further back; verify it.";

    public ValueTask DisposeAsync() => lines.DisposeAsync();

    private void Look(SourceLine line)
    {
        if (EventColumns.TryRead(line.Line.Span) is not { } one)
        {
            Unreadable++;
            return;
        }

        LookedBackTo = one.ToldAt ?? LookedBackTo;
        if (filter.From is { } from && one.ToldAt < from - SearchFilter.ClockSlack)
        {
            _isAtEnd = true;
        }
        else if (isWanted(one.Monitor) && filter.Matches(one))
        {
            _found.Enqueue(new(one, line.Line, line.Place));
        }
    }
}
