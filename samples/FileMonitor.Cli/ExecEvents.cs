using System.Runtime.CompilerServices;

namespace FileMonitor.Cli;

/// <summary>
/// The events for <c>--exec</c> where <c>--state</c> keeps a journal: those that the watches before did not finish come first. An event is acknowledged when
/// its command has ended, also with a failure. Read by one <see cref="EventLoop"/>.
/// </summary>
/// <param name="subscription">The events, from the first that is not acknowledged.</param>
/// <param name="previousSequence">The last sequence number of the watches before, once the first event is there.</param>
/// <param name="isAbandoned">Whether no command is run any more.</param>
/// <param name="hasEnded">Whether no further event is told, because of <c>--once</c>.</param>
/// <param name="streams">Where it is told how many come again, and how many are left.</param>
internal sealed class ExecEvents(EventSubscription subscription, Func<long> previousSequence, Func<bool> isAbandoned, Func<bool> hasEnded, StandardStreams streams)
{
    // One for each directory of --state, whatever the command: a command that is spelled in another way is none that begins anew.
    private const string Name = "exec";

    public static ExecEvents Of(FileSystemMonitor monitor, ExecOutput exec, EventSelection selection, StandardStreams streams) =>
        new(monitor.Subscribe(Name), () => monitor.GetHealth().Store?.PreviousSequence ?? 0, () => exec.IsAbandoned, () => selection.Ended.IsCompleted, streams);

    public async IAsyncEnumerable<AuditEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isFirst = true;
        await foreach (var auditEvent in subscription.WithCancellation(cancellationToken))
        {
            if (isFirst && previousSequence() - auditEvent.Sequence + 1 is > 0 and var again)
            {
                streams.Complain($"--exec begins with {Counted.Of(again, "event")} that it had not finished when the watch before ended.");
            }

            isFirst = false;
            yield return auditEvent;

            // Back here, the command has ended. One that was killed, or not run, is run by the next watch.
            if (isAbandoned())
            {
                yield break;
            }

            subscription.Acknowledge(auditEvent);
            if (hasEnded())
            {
                yield break;
            }
        }
    }

    /// <summary>Called after the last event.</summary>
    public void Report()
    {
        if (subscription.Lag is > 0 and var left)
        {
            streams.Complain($"{Counted.Of(left, "event is", "events are")} left for --exec; the next watch with this --state and --exec begins there.");
        }
    }
}
