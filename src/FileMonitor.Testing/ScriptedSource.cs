namespace FileMonitor.Testing;

/// <summary>A source that says what a test tells it to say.</summary>
/// <remarks>May be used from several threads. It is started once, as a real one; a monitor that restarts its source wants a new one.</remarks>
public sealed class ScriptedSource : IChangeSource
{
    // Owns the state below. Held while a hint is handed over, so that no hint arrives after the source is disposed; a writer never blocks.
    private readonly Lock _state = new();
    private IReadOnlyList<MonitoredRoot> _roots = [];
    private IChangeWriter? _changes;
    private bool _isStarted;
    private bool _isDisposed;

    /// <inheritdoc />
    public string Name => "Scripted";

    /// <summary>
    /// Called while the source starts, once its roots are armed: a task that is not complete holds the start, an exception fails it. Hints are
    /// taken meanwhile, as from a real source that has armed some of its roots.
    /// </summary>
    public Func<Task>? Starting { get; set; }

    /// <summary>The roots it was started with; empty before.</summary>
    public IReadOnlyList<MonitoredRoot> Roots
    {
        get
        {
            lock (_state)
            {
                return _roots;
            }
        }
    }

    /// <summary>Whether the start has completed.</summary>
    public bool IsStarted
    {
        get
        {
            lock (_state)
            {
                return _isStarted;
            }
        }
    }

    /// <summary>Whether the monitor is done with it.</summary>
    public bool IsDisposed
    {
        get
        {
            lock (_state)
            {
                return _isDisposed;
            }
        }
    }

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentNullException.ThrowIfNull(changes);
        lock (_state)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_changes is not null)
            {
                throw new InvalidOperationException("The scripted source was started before; make a new one for each start.");
            }

            _roots = roots;
            _changes = changes;
        }

        if (Starting is { } starting)
        {
            await starting().WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        lock (_state)
        {
            _isStarted = true;
        }
    }

    /// <summary>Hints at a change. After the monitor disposed the source, nothing happens.</summary>
    /// <param name="kind">What the source says.</param>
    /// <param name="relativePath">The path below the root, names separated by <c>/</c>.</param>
    /// <param name="oldRelativePath">For a rename, the path before.</param>
    /// <param name="root">Which root, by its position in the options.</param>
    /// <exception cref="InvalidOperationException">The monitor has not started the source: the hint would be lost.</exception>
    public void Hint(FileChangeKind kind, string relativePath, string? oldRelativePath = null, int root = 0)
    {
        lock (_state)
        {
            if (ListenerUnsynchronized() is { } changes)
            {
                changes.Write(new FileChange(kind, _roots[root], relativePath, oldRelativePath));
            }
        }
    }

    /// <summary>Says that hints were lost below a directory. After the monitor disposed the source, nothing happens.</summary>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <param name="cause">Why.</param>
    /// <param name="detail">A sentence for the person on call.</param>
    /// <param name="root">Which root, by its position in the options.</param>
    /// <exception cref="InvalidOperationException">The monitor has not started the source.</exception>
    public void Lose(string relativeDirectory, GapCause cause, string detail, int root = 0)
    {
        lock (_state)
        {
            ListenerUnsynchronized()?.ReportLoss(_roots[root], relativeDirectory, cause, detail);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        lock (_state)
        {
            _isDisposed = true;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>As <see cref="Hint"/>, but silent before the start as well: nobody watches yet.</summary>
    internal void HintIfListening(FileChangeKind kind, string relativePath, string? oldRelativePath)
    {
        lock (_state)
        {
            if (!_isDisposed && _changes is { } changes)
            {
                changes.Write(new FileChange(kind, _roots[0], relativePath, oldRelativePath));
            }
        }
    }

    private IChangeWriter? ListenerUnsynchronized() =>
        _isDisposed
            ? null
            : _changes ?? throw new InvalidOperationException("The scripted source is not started; start the monitor before hinting.");
}
