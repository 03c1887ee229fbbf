using System.Collections.Concurrent;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Handlers of a monitor with durable state: what is not handled comes again after a restart, and dead letters are kept.</summary>
public sealed class DurableHandlerTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly ConcurrentQueue<string> _handled = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_handled_when_the_monitor_stops_comes_again_with_the_same_id()
    {
        var ids = new ConcurrentQueue<(string Path, Guid Id)>();
        Use(async (auditEvent, token) =>
        {
            ids.Enqueue((auditEvent.RelativePath, auditEvent.Id));
            if (auditEvent.RelativePath == "b")
            {
                await new TaskCompletionSource().Task.WaitAsync(token);
            }

            await Note(auditEvent, token);
        });
        await using (var first = _host.Make())
        {
            await first.StartAsync(Token);
            _host.Write("a", "1");
            await first.FlushAsync(Token);
            await UntilAsync(() => !_handled.IsEmpty);
            _host.Write("b", "2");
            await first.FlushAsync(Token);
            await UntilAsync(() => ids.Count == 2);
            await first.StopAsync(new CancellationToken(canceled: true));
        }

        _handled.Should().Equal("Created a");
        Use((auditEvent, token) =>
        {
            ids.Enqueue((auditEvent.RelativePath, auditEvent.Id));
            return Note(auditEvent, token);
        });
        await using var second = _host.Make();
        await second.StartAsync(Token);
        await UntilAsync(() => _handled.Count == 2);
        await second.StopAsync(Token);

        _handled.Should().Equal("Created a", "Created b");
        ids.Where(one => one.Path == "b").Select(one => one.Id).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task A_dead_letter_is_there_after_a_restart_and_its_event_does_not_come_again()
    {
        Use((_, _) => throw new IOException("broken"));
        await using (var first = _host.Make())
        {
            await first.StartAsync(Token);
            _host.Write("a", "1");
            await UntilAsync(() => first.GetHealth().Handlers[0] is { DeadLetters: 1, Lag: 0 });
            await first.StopAsync(Token);
        }

        Use(Note);
        await using var second = _host.Make();
        await second.StartAsync(Token);
        _host.Write("b", "2");
        await UntilAsync(() => !_handled.IsEmpty);
        _handled.Should().Equal("Created b");
        var letter = second.DeadLetters.Read("handler").Should().ContainSingle().Subject;
        letter.Error.Should().Be("IOException: broken");
        letter.Attempts.Should().Be(1);
        letter.Event.RelativePath.Should().Be("a");
        letter.Event.Sha256.Should().NotBeNull();

        (await second.DeadLetters.RetryAsync("handler", Token)).Should().Be(1);
        _handled.Should().Equal("Created b", "Created a");
        await second.StopAsync(Token);
        DurableDeadLetters.Read(_host.State).Should().ContainSingle().Which.Value.Should().BeEmpty();
    }

    [Fact]
    public async Task A_damaged_list_is_put_aside()
    {
        Use((_, _) => throw new IOException("broken"));
        await using (var first = _host.Make())
        {
            await first.StartAsync(Token);
            _host.Write("a", "1");
            await UntilAsync(() => first.GetHealth().Handlers[0].DeadLetters == 1);
            await first.StopAsync(Token);
        }

        await File.AppendAllTextAsync(Path.Join(_host.State, "dead-letters-handler.ndjson"), "{\"at\":1}\n", Token);
        FluentActions.Invoking(() => DurableDeadLetters.Read(_host.State)).Should().Throw<InvalidDataException>();
        await using var second = _host.Make();
        await second.StartAsync(Token);

        second.DeadLetters.Read("handler").Should().BeEmpty();
        Directory.EnumerateFiles(_host.State, "dead-letters-handler.ndjson.corrupt-*").Should().ContainSingle();
    }

    public void Dispose() => _host.Dispose();

    private void Use(Func<AuditEvent, CancellationToken, Task> handle) => _host.Components = components => components.AddHandler(handle, options => options.Retry.Attempts = 1);

    private Task Note(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        _handled.Enqueue($"{auditEvent.Kind} {auditEvent.RelativePath}");
        return Task.CompletedTask;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
