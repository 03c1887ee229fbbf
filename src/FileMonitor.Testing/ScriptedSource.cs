using FileMonitor.Extending;

namespace FileMonitor.Testing;

/// <summary>A source that reports what a test tells it to report.</summary>
/// <remarks>May be used from several threads. It is started once, as a real one; a monitor that restarts its source wants a new one.</remarks>
public sealed class ScriptedSource : IChangeSource
{
    // Owns the state below. Held while a hint is handed over, so that no hint arrives after the source is disposed; a writer never blocks.
    private readonly Lock _state = new();
    private readonly List<MonitoredRoot> _rearmed = [];
    private IReadOnlyList<MonitoredRoot> _roots = [];
    private IChangeWriter? _changes;
    private volatile string? _cannotFlush;
    private bool _isStarted;
    private bool _isDisposed;

    /// <inheritdoc />
    public string Name => "Scripted";

    /// <summary>
    /// Called while the source starts, once its roots are armed: a task that is not complete holds the start, an exception fails it. Hints are
    /// taken meanwhile, as from a real source that has armed some of its roots.
    /// </summary>
    public Func<Task>? Starting { get; set; }

    /// <summary>Called while the source is armed again for a root: a task that is not complete delays it, an exception refuses it.</summary>
    public Func<MonitoredRoot, Task>? Rearming { get; set; }

    /// <summary>
    /// The answer of <see cref="FlushAsync"/>. Null (the default): every hint is written, which is true because a hint is written before the
    /// call that gives it returns. A sentence: that cannot be known, for tests that change the tree and leave hints out.
    /// </summary>
    public string? CannotFlush
    {
        get => _cannotFlush;
        set => _cannotFlush = value;
    }

    /// <summary>The roots for which it was armed again, in order, each as often as that was done.</summary>
    public IReadOnlyList<MonitoredRoot> Rearmed
    {
        get
        {
            lock (_state)
            {
                return [.. _rearmed];
            }
        }
    }

    /// <summary>The roots that it watches; empty before the start.</summary>
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

    /// <summary>Whether the monitor has disposed it.</summary>
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

    /// <inheritdoc />
    public async Task AddRootAsync(MonitoredRoot root, IChangeWriter changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        lock (_state)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _roots = [.. _roots, root];
        }

        if (Starting is { } starting)
        {
            await starting().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public Task RemoveRootAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        lock (_state)
        {
            _roots = [.. _roots.Where(one => one != root)];
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (Rearming is { } rearming)
        {
            await rearming(root).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        lock (_state)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _rearmed.Add(root);
        }
    }

    /// <inheritdoc />
    public ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken) => new(CannotFlush);

    /// <summary>Hints at a change. After the monitor disposed the source, nothing happens.</summary>
    /// <param name="kind">What happened, as far as the source knows.</param>
    /// <param name="relativePath">The path below the root, names separated by <c>/</c>.</param>
    /// <param name="oldRelativePath">For a rename, the path before.</param>
    /// <param name="root">Which root, by its position in the options.</param>
    /// <param name="actor">Who did it; null when the source does not know.</param>
    /// <param name="isFinished">Whether whoever wrote the file has closed it.</param>
    /// <exception cref="InvalidOperationException">The monitor has not started the source: the hint would be lost.</exception>
    public void Hint(FileChangeKind kind, string relativePath, string? oldRelativePath = null, int root = 0, Actor? actor = null, bool isFinished = false)
    {
        lock (_state)
        {
            if (ListenerUnsynchronized() is { } changes)
            {
                changes.Write(new FileChange(kind, _roots[root], relativePath, oldRelativePath) { Actor = actor, IsFinished = isFinished });
            }
        }
    }

    /// <summary>Reports that hints were lost below a directory. After the monitor disposed the source, nothing happens.</summary>
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

    /// <summary>Reports a directory as uncovered, until <see cref="Cover"/>. Hints are passed on all the same.</summary>
    /// <inheritdoc cref="Lose" />
    public void Uncover(string relativeDirectory, GapCause cause, string detail, int root = 0)
    {
        lock (_state)
        {
            ListenerUnsynchronized()?.ReportUncovered(_roots[root], relativeDirectory, cause, detail);
        }
    }

    /// <summary>Ends the condition of <see cref="Uncover"/> with the same directory, cause and root.</summary>
    /// <inheritdoc cref="Lose" />
    public void Cover(string relativeDirectory, GapCause cause, int root = 0)
    {
        lock (_state)
        {
            ListenerUnsynchronized()?.ReportCovered(_roots[root], relativeDirectory, cause);
        }
    }

    /// <summary>Has a directory compared with the disk, as a source without notifications does.</summary>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <param name="root">Which root, by its position in the options.</param>
    /// <returns>Completes when it was compared; at once after the monitor disposed the source.</returns>
    /// <exception cref="InvalidOperationException">The monitor has not started the source.</exception>
    public Task CompareAsync(string relativeDirectory, int root = 0)
    {
        lock (_state)
        {
            return ListenerUnsynchronized()?.CompareAsync(_roots[root], relativeDirectory) ?? Task.CompletedTask;
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

    /// <summary>Like <see cref="Hint"/>, but does nothing before the start, and finds the root by its path; the first one when none has it, and nothing when there is none.</summary>
    internal void HintIfListening(string path, Func<MonitoredRoot, FileChange> hint)
    {
        lock (_state)
        {
            if (!_isDisposed && _changes is { } changes && _roots.Count > 0)
            {
                changes.Write(hint(_roots.FirstOrDefault(root => root.Path == path) ?? _roots[0]));
            }
        }
    }

    private IChangeWriter? ListenerUnsynchronized() =>
        _isDisposed
            ? null
            : _changes ?? throw new InvalidOperationException("The scripted source is not started; start the monitor before hinting.");
}
