namespace FileMonitor.Agent.Search;

/// <summary>What the next step of a search gave.</summary>
internal enum SearchStep
{
    /// <summary>An event: <see cref="SearchRun.Columns"/>.</summary>
    Found,

    /// <summary>Everything has been looked at.</summary>
    End,

    /// <summary>The time is up; it goes on from <see cref="SearchRun.Places"/>.</summary>
    OutOfTime,
}

/// <summary>One search, back in time over several sources: what was told last comes first. One owner.</summary>
/// <remarks>
/// The source whose rest is the newest is read on, so that all get back in time together: when the time is up, what was found is all there is down to <see cref="LookedBackTo"/>. Each source is read
/// once in any case, so that each request gets on.
/// </remarks>
internal sealed class SearchRun(IReadOnlyList<SearchSource> sources, TimeProvider time, TimeSpan patience) : IAsyncDisposable
{
    private readonly long _began = time.GetTimestamp();
    private SearchSource? _source;
    private FoundEvent _current;

    /// <summary>What the event that was found last was found by.</summary>
    public EventColumns Columns => _current.Columns;

    /// <summary>Where to go on, in the order of the sources.</summary>
    public IEnumerable<long> Places => sources.Select(source => source.Before);

    public IEnumerable<SearchSource> Sources => sources;

    /// <summary>Whether nothing is left.</summary>
    public bool IsDone => sources.All(source => source.IsDone);

    /// <summary>Everything that was told after this was looked at, unless a source has a problem; null when there was nothing at all.</summary>
    public DateTimeOffset? LookedBackTo
    {
        get
        {
            var open = sources.Where(source => !source.IsDone).Select(source => (DateTimeOffset?)source.Newest).Max();
            return open ?? sources.Select(source => source.LookedBackTo).Min();
        }
    }

    /// <summary>What could not be looked at, a sentence each.</summary>
    public IEnumerable<string> Problems =>
        sources.Select(source => source.Problem).OfType<string>()
            .Concat(sources.Where(source => source.Unreadable > 0).Select(source => $"The journal of {source.Monitor} has records that are no events that this version can read; verify it."));

    /// <summary>Goes to the next event.</summary>
    public async ValueTask<SearchStep> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (sources.Where(source => !source.IsDone).MaxBy(source => source.Newest) is not { } next)
            {
                return SearchStep.End;
            }

            if (next.Head is { } head)
            {
                next.Take();
                (_source, _current) = (next, head);
                return SearchStep.Found;
            }

            if (next.HasBegun && time.GetElapsedTime(_began) >= patience)
            {
                return SearchStep.OutOfTime;
            }

            await next.AdvanceAsync();
        }
    }

    /// <summary>The event that was found last; null when this version cannot read it, which <see cref="Problems"/> then says.</summary>
    public AuditEvent? Read() => _source!.Read(_current);

    public async ValueTask DisposeAsync()
    {
        foreach (var source in sources)
        {
            await source.DisposeAsync();
        }
    }
}
