using FileMonitor.Extending;

namespace FileMonitor.Sources.SingleFiles;

/// <summary>One file that is a root, and the way to it that is watched.</summary>
/// <remarks>Owner: the loop of <see cref="FileRootSource"/>; any thread reads <see cref="Trail"/> and asks for a look.</remarks>
internal sealed class FileWatch(MonitoredRoot root)
{
    private volatile FileTrail? _trail;
    private volatile bool _isGivenUp;
    private int _isAsked;
    private int _isHintAsked;

    public MonitoredRoot Root { get; } = root;

    /// <summary>The way as it was when its directories were last watched; null before that.</summary>
    public FileTrail? Trail { get => _trail; set => _trail = value; }

    /// <summary>Whether it is no root any more.</summary>
    public bool IsGivenUp { get => _isGivenUp; set => _isGivenUp = value; }

    /// <summary>Asks for a look. False when one is asked for already.</summary>
    public bool TryAsk() => Interlocked.Exchange(ref _isAsked, 1) == 0;

    /// <summary>Asks for a hint at the file after the look that is asked for next, even if that finds the way as it was.</summary>
    public void AskForHint() => Volatile.Write(ref _isHintAsked, 1);

    /// <summary>A look begins: what happens from here on asks for another.</summary>
    public void BeginLook() => Volatile.Write(ref _isAsked, 0);

    /// <summary>A look has ended: whether a hint was asked for.</summary>
    public bool TakeHint() => Interlocked.Exchange(ref _isHintAsked, 0) == 1;
}
