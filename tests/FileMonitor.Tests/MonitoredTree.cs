using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FileMonitor.Extending;
using FileMonitor.Testing;
using FileMonitor.Tests.Replay;
using FluentAssertions;
using FluentAssertions.Execution;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>
/// A monitor running over a scripted tree, on a clock that only the test moves. Everything it says goes to a required sink; stopping
/// it checks what must hold after every test: the counters balance, nothing is pending, the sequence has no holes, the snapshot changed by events alone.
/// </summary>
internal sealed class MonitoredTree : IAsyncDisposable
{
    /// <summary>A second root, beside that of the tree.</summary>
    public static readonly string OtherRoot = OperatingSystem.IsWindows() ? @"C:\other" : "/other";

    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    // Long enough for a machine that is busy with something else; a test that gets here is wrong.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // The first pause of a file that was not stable. Far less than the quiet period.
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, string> _contents = [];
    private bool _isStuck;

    private MonitoredTree(Action<FileMonitorOptions>? configure, Action<FileMonitorComponents>? components)
    {
        Options = new FileMonitorOptions();
        Options.AddRoot(Tree.Root);
        Options.Debounce.QuietPeriod = Quiet;

        // The clock moves on while a file is being read; what is then told of it before it is read is for the tests about that.
        Options.Debounce.MaxDelay = TimeSpan.FromHours(1);
        Options.Checksum.Concurrency = 2;

        // The clock may be moved far while a loaded machine gets nothing done; only tests about patience set their own.
        Options.ShutdownTimeout = Options.Sinks.WriteTimeout = Options.Readers.Patience = Options.FlushTimeout = Options.VerifyTimeout = TimeSpan.FromHours(1);
        Options.Recovery.RootCheckInterval = TimeSpan.FromHours(1);
        Options.Recovery.ReconcileInterval = TimeSpan.Zero;
        configure?.Invoke(Options);
        var parts = new FileMonitorComponents();
        Tree.Use(parts);
        parts.TimeProvider = Clock;
        parts.LoggerFactory = Log;
        parts.AddSink(Sink, SinkPromise.Required, "required");
        components?.Invoke(parts);
        Audit = new TurnAudit(Options);
        Monitor = FileSystemMonitor.Create(Options, parts, Audit);
    }

    /// <summary>The monitor's clock. The tree has another, which stands still long before: no file is ever "written a moment ago".</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

    public ScriptedTree Tree { get; } = new(new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    public CapturingSink Sink { get; } = new();

    public CapturingLog Log { get; } = new();

    public FileSystemMonitor Monitor { get; }

    public FileMonitorOptions Options { get; }

    /// <summary>Compares the snapshot with the events after every turn; stopping demands that it found nothing.</summary>
    public TurnAudit Audit { get; }

    /// <summary>Whether the test makes a part of the monitor throw. Otherwise an exception while a change is settled is a defect of the monitor.</summary>
    public bool ExpectsDefects { get; set; }

    public MonitorCounters Counters => Monitor.GetHealth().Counters;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="before">What is there at start, as in <c>"a=1 d/ d/x=2 link@a"</c>.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="components">Changes the components.</param>
    public static MonitoredTree Create(string before = "", Action<FileMonitorOptions>? configure = null, Action<FileMonitorComponents>? components = null)
    {
        var tree = new MonitoredTree(configure, components);
        tree.Fill(before, tree.Tree.PathOf);
        return tree;
    }

    /// <summary>As <see cref="Create"/>, started.</summary>
    public static async Task<MonitoredTree> StartAsync(string before = "", Action<FileMonitorOptions>? configure = null, Action<FileMonitorComponents>? components = null)
    {
        var tree = Create(before, configure, components);
        await tree.Monitor.StartAsync(Token);
        return tree;
    }

    /// <summary>As <see cref="StartAsync"/>, with every file that is there summed, so that previous checksums are known.</summary>
    public static async Task<MonitoredTree> StartKnowingAsync(string before = "", Action<FileMonitorOptions>? configure = null, Action<FileMonitorComponents>? components = null)
    {
        var tree = await StartAsync(
            before,
            options =>
            {
                options.Checksum.Baseline = true;
                configure?.Invoke(options);
            },
            components);
        var files = before.Split(' ').Count(item => item.Contains('=', StringComparison.Ordinal));
        await tree.UntilAsync(() => tree.Counters.ChecksumFiles == files);
        return tree;
    }

    /// <summary>Does what a script says, one step after the other: <c>"write a 1; mv a b; wait; rm b"</c>.</summary>
    public async Task PlayAsync(string script)
    {
        foreach (var step in script.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            await StepAsync(step.Split(' '));
        }
    }

    /// <summary>Moves the clock until nothing is pending any more.</summary>
    public async Task SettleAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        for (var round = 1; ; round++)
        {
            var health = Monitor.GetHealth();
            health.State.Should().NotBe(MonitorState.Faulted, "{0}", health.Fault);
            _isStuck = patience.IsCancellationRequested;
            _isStuck.Should().BeFalse("{0}; {1} directories to look at, {2} paths debounced", Describe(health.Counters), health.DirectoriesToReconcile, health.PendingPaths);
            if (health.Counters.Pending == 0 && health.DirectoriesToReconcile == 0 && health.FilesBeingRead + health.FilesWaitingToBeRead == 0)
            {
                // A file of the baseline that is being read is nobody's hint; its pauses need the clock, which a stop does not move.
                return;
            }

            // Time is what it waits for, unless something else is going on; and even then it may be a pause between two attempts.
            var isBusy = health.QueueLength + health.FilesWaitingToBeRead + health.FilesBeingRead + health.DirectoriesToReconcile > 0;
            if (!isBusy || round % 100 == 0)
            {
                Clock.Advance(Quiet);
            }

            await YieldAsync();
        }
    }

    /// <summary>
    /// Flushes. It needs no time to pass, unless a file was written while it was read: the pause before it is read again is all the clock is moved for.
    /// </summary>
    public async Task<FlushResult> FlushAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        var flush = Monitor.FlushAsync(CancellationToken.None);
        for (var begun = Stopwatch.GetTimestamp(); !flush.IsCompleted;)
        {
            var health = Monitor.GetHealth();
            _isStuck = patience.IsCancellationRequested;
            _isStuck.Should().BeFalse("{0}; {1} directories to look at, {2} paths debounced", Describe(health.Counters), health.DirectoriesToReconcile, health.PendingPaths);
            if (health.FilesBeingRead + health.FilesWaitingToBeRead > 0 && Stopwatch.GetElapsedTime(begun) > ShortPause)
            {
                // No faster than a real clock, or patience that is measured by it ends too early on a busy machine.
                Clock.Advance(ShortPause);
                begun = Stopwatch.GetTimestamp();
            }

            await YieldAsync();
        }

        return await flush;
    }

    /// <summary>Waits for something that needs no time to pass.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await YieldAsync();
        }
    }

    /// <summary>
    /// Moves the clock until something is so, and not much further: what comes after it has its own time. A step is shorter than any grace.
    /// </summary>
    public async Task AdvanceUntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        for (var round = 1; !condition(); round++)
        {
            patience.Token.ThrowIfCancellationRequested();

            // On a busy machine a file may be read for long while this loop turns fast: an hour must not pass meanwhile (Debounce.MaxDelay).
            var isReading = Monitor.GetHealth() is { FilesBeingRead: > 0 } or { FilesWaitingToBeRead: > 0 };
            if (!isReading || round % 100 == 0)
            {
                Clock.Advance(Quiet);
            }

            await YieldAsync();
        }
    }

    /// <summary>Waits for events that need no time to pass.</summary>
    public async Task<IReadOnlyList<AuditEvent>> SaidAsync(Func<AuditEvent, bool> any)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        return await Sink.WaitForAsync(events => events.Any(any), patience.Token);
    }

    /// <summary>Stops, checks what must always hold, and tells what was said.</summary>
    public async Task<IReadOnlyList<AuditEvent>> StopAsync()
    {
        _isStuck = true;
        await Monitor.StopAsync(Token).WaitAsync(Patience, Token);
        _isStuck = false;
        var counters = Counters;
        using (new AssertionScope())
        {
            counters.Balances.Should().BeTrue("{0}", Describe(counters));
            counters.Pending.Should().Be(0, "{0}", Describe(counters));
            Sink.Events.Select(said => said.Sequence).Should().Equal(Enumerable.Range(1, Sink.Events.Count).Select(number => (long)number));
            Sink.Events.Select(said => said.Id).Should().OnlyHaveUniqueItems();
            counters.Events.Should().BeGreaterThanOrEqualTo(Sink.Events.Count);
            Audit.Wrong.Should().BeEmpty("the snapshot changes by events alone: {0}", Describe(Sink.Events));
            if (!ExpectsDefects)
            {
                Sink.Events.Where(static said => said.Gap?.Cause == GapCause.InternalError).Should().BeEmpty("{0}", Describe(Sink.Events));
            }
        }

        return Sink.Events;
    }

    /// <summary>Stops, and tells what was said in words.</summary>
    public async Task<string> StopAndDescribeAsync() => Describe(await StopAsync());

    public string Describe(IEnumerable<AuditEvent> events) => string.Join(", ", events.Select(Describe));

    public async ValueTask DisposeAsync()
    {
        // One that did not stop has failed its test already; waiting for it again would hide why.
        if (!_isStuck)
        {
            await Monitor.DisposeAsync().AsTask().WaitAsync(Patience);
        }
    }

    private static string Describe(MonitorCounters counters) =>
        $"received {counters.Received} = coalesced {counters.Coalesced} + ignored {counters.Ignored} + suppressed {counters.Suppressed} + emitted {counters.Emitted} + pending {counters.Pending} + lost {counters.Lost}";

    private static async Task YieldAsync()
    {
        for (var turn = 0; turn < 10; turn++)
        {
            await Task.Yield();
        }
    }

    private string Describe(AuditEvent said)
    {
        var path = said.RelativePath + (said.ItemType == ItemType.Directory && said.Kind != AuditEventKind.Gap ? "/" : "");
        var content = said.LinkTarget is { } target ? $" @{target}" : Content(said.Sha256, said.ChecksumStatus);
        return said.Kind switch
        {
            AuditEventKind.Created => $"C {path}{content}",
            AuditEventKind.Modified => $"M {path}{(said.PreviousSha256 is null ? " ?" : Content(said.PreviousSha256, default))}→{content.TrimStart()}",
            AuditEventKind.Deleted => $"D {path}{content}",
            AuditEventKind.Renamed => $"R {said.OldRelativePath}→{path}{(said.ReplacedSha256 is null ? "" : $" over{Content(said.ReplacedSha256, default)}")}",
            AuditEventKind.Baseline => $"B {path}{content}",
            AuditEventKind.AttributesChanged => $"A {path}",
            AuditEventKind.ChecksumUpdated => $"K {path}{content}",
            AuditEventKind.Gap => $"{(said.Gap!.Phase == GapPhase.Closed ? "/X" : "X")} {said.Gap.Cause} {path}".TrimEnd(),
            _ => said.Kind.ToString(),
        };
    }

    private string Content(string? sha256, ChecksumStatus status) =>
        sha256 is not null ? $" {_contents.GetValueOrDefault(sha256, sha256)}"
        : status == ChecksumStatus.NotApplicable ? ""
        : $" !{status}";

    private void Fill(string items, Func<string, string> pathOf)
    {
        foreach (var item in items.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (item.EndsWith('/'))
            {
                Tree.Files.CreateDirectory(pathOf(item.TrimEnd('/')));
            }
            else if (item.Split('@') is [var link, var target])
            {
                Tree.Files.CreateLink(pathOf(link), target);
            }
            else if (item.Split('=') is [var file, var content])
            {
                Tree.Files.WriteFile(pathOf(file), content);
                Remember(pathOf(file));
            }
        }
    }

    private async Task StepAsync(string[] step)
    {
        switch (step)
        {
            case ["start"]:
                await Monitor.StartAsync(Token);
                break;
            case ["wait"]:
                await SettleAsync();
                break;
            case ["advance", var milliseconds]:
                Clock.Advance(TimeSpan.FromMilliseconds(int.Parse(milliseconds, CultureInfo.InvariantCulture)));
                break;
            case ["yield"]:
                await YieldAsync();
                break;
            case ["as", var name]:
                Tree.Actor = new Actor { ProcessId = name[0], UserName = name };
                break;
            case ["hint", var kind, var path, .. var old]:
                Tree.Source.Hint(Enum.Parse<FileChangeKind>(kind), path, old.SingleOrDefault(), actor: Tree.Actor);
                break;
            case ["write", var path, var content]:
                Tree.WriteFile(path, content);
                Remember(Tree.PathOf(path));
                break;
            case ["append", var path, var content]:
                Tree.Append(path, content);
                Remember(Tree.PathOf(path));
                break;
            case ["open", var path]:
                Tree.OpenForWriting(path);
                break;
            case ["close", var path]:
                Tree.CloseWriter(path);
                break;
            case ["mv", var from, var to]:
                Tree.Move(from, to);
                break;
            case ["swap", var one, var other]:
                // As RENAME_EXCHANGE does it: at once, and told as two renames.
                var aside = "/outside/" + Guid.NewGuid();
                if (one == other || $"{one}/".StartsWith($"{other}/", StringComparison.Ordinal) || $"{other}/".StartsWith($"{one}/", StringComparison.Ordinal)
                    || new[] { one, other }.Any(name => Tree.Files.GetStatus(Tree.PathOf(name)).Outcome != FileStatusOutcome.Found))
                {
                    throw new IOException("Names that cannot be exchanged.");
                }

                Tree.Files.Move(Tree.PathOf(one), aside);
                Tree.Files.Move(Tree.PathOf(other), Tree.PathOf(one));
                Tree.Files.Move(aside, Tree.PathOf(other));
                Tree.Source.Hint(FileChangeKind.Renamed, other, one, actor: Tree.Actor);
                Tree.Source.Hint(FileChangeKind.Renamed, one, other, actor: Tree.Actor);
                break;
            case ["rm", var path]:
                Tree.Delete(path);
                break;
            case ["rm", "-r", var path]:
                Tree.Delete(path, recursive: true);
                break;
            case ["mkdir", var path]:
                Tree.CreateDirectory(path);
                break;
            case ["ln", var path, var target]:
                Tree.CreateLink(path, target);
                break;
            case ["touch", var path]:
                Tree.SetLastWriteTime(path, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero));
                break;
            case ["chmod", var path]:
                Tree.SetMode(path, UnixFileMode.UserRead);
                break;
            case ["out", var path]:
                Tree.Files.Move(Tree.PathOf(path), "/outside/" + Guid.NewGuid());
                Tree.Source.Hint(FileChangeKind.Deleted, path, actor: Tree.Actor);
                break;
            case ["in", var path, .. var items]:
                // A watcher names what was moved in, and nothing below it.
                var outside = "/outside/" + Guid.NewGuid();
                Fill(string.Join(' ', items), item => item.StartsWith('=') ? outside : $"{outside}{item}");
                Tree.Files.Move(outside, Tree.PathOf(path));
                Tree.Source.Hint(FileChangeKind.Created, path, actor: Tree.Actor);
                break;
            default:
                throw new ArgumentException($"'{string.Join(' ', step)}' is no step.");
        }
    }

    private void Remember(string path)
    {
        var content = Tree.Files.ReadFile(path);
        _contents[Convert.ToHexStringLower(SHA256.HashData(content))] = Encoding.UTF8.GetString(content);
    }
}
