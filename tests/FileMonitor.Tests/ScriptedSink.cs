using System.Collections.Concurrent;
using System.Threading.Channels;

namespace FileMonitor.Tests;

/// <summary>A sink that does what the test says at each call, and notices when calls overlap.</summary>
internal sealed class ScriptedSink(Func<int, IReadOnlyList<AuditEvent>, CancellationToken, Task> write) : IAuditEventSink
{
    private readonly Channel<int> _entered = Channel.CreateUnbounded<int>();
    private int _calls;
    private int _running;

    public ConcurrentQueue<long[]> Batches { get; } = new();

    public int Calls => Volatile.Read(ref _calls);

    public bool HasOverlapped { get; private set; }

    public int Flushes { get; private set; }

    public Func<CancellationToken, Task> Flush { get; set; } = _ => Task.CompletedTask;

    public static ScriptedSink Obliging() => new((_, _, _) => Task.CompletedTask);

    /// <summary>Fails the calls with these numbers (from 1).</summary>
    public static ScriptedSink Failing(params int[] calls) =>
        new((call, _, _) => calls.Contains(call) ? Task.FromException(new IOException("No space left")) : Task.CompletedTask);

    public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        HasOverlapped |= Interlocked.Increment(ref _running) > 1;
        Batches.Enqueue([.. batch.Select(one => one.Sequence)]);
        var call = Interlocked.Increment(ref _calls);
        _entered.Writer.TryWrite(call);
        try
        {
            var task = write(call, batch, cancellationToken);
            return task is null ? task! : EndAsync(task);
        }
        catch
        {
            Interlocked.Decrement(ref _running);
            throw;
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken)
    {
        HasOverlapped |= Volatile.Read(ref _running) > 0;
        Flushes++;
        return Flush(cancellationToken);
    }

    public async Task EnteredAsync(int call)
    {
        while (await _entered.Reader.ReadAsync().AsTask().Soon() != call)
        {
        }
    }

    private async Task EndAsync(Task task)
    {
        try
        {
            await task;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}

internal static class Waiting
{
    /// <summary>A bound for a test that would hang when the code is wrong; never waited for when it is right.</summary>
    public static Task Soon(this Task task) => task.WaitAsync(TimeSpan.FromSeconds(60));

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60));
}
