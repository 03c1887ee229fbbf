using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Sinks.Syslog;

namespace FileMonitor.Sinks;

/// <summary>
/// Sends each event to a syslog server as a message in the form of RFC 5424. With <see cref="SyslogTransport.Relp"/> a batch is taken when the server has acknowledged all its messages; with
/// <see cref="SyslogTransport.Tcp"/> when the operating system has them.
/// </summary>
/// <remarks>The messages of a monitor are in the order of its events. One sink is for one monitor.</remarks>
/// <example>
/// <code>
/// using FileMonitor;
/// using FileMonitor.Sinks;
/// using Microsoft.Extensions.DependencyInjection;
///
/// services.AddFileMonitor(o => o.AddRoot("/etc"))
///     .AddSyslog(syslog => syslog.Host = "logs.example.com", SinkPromise.Required);
/// </code>
/// </example>
public sealed class SyslogSink : IAuditEventSink, IAsyncDisposable
{
    private readonly SyslogSinkOptions _options;
    private readonly SyslogMessage _message;
    private readonly ArrayBufferWriter<byte> _frame = new(4096);

    // The monitor writes one batch at a time, and disposes after the last.
    private SyslogLink? _link;

    /// <summary>Checks the options. Connects with the first batch.</summary>
    /// <param name="options">The options; copied.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">Options are wrong; the message has every mistake.</exception>
    public SyslogSink(SyslogSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionErrors.Throw(options.GetErrors(), nameof(options));
        _options = options.Copy();
        _message = new SyslogMessage(_options);
    }

    /// <summary>Whether the server is known to have closed the connection.</summary>
    internal bool IsClosedByPeer => _link is { IsClosedByPeer: true };

    /// <inheritdoc />
    /// <exception cref="IOException">The server cannot be reached, does not answer in time, or refused a message. The next batch is sent over a new connection.</exception>
    public async Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (IsClosedByPeer)
        {
            await GiveUpAsync().ConfigureAwait(false);
        }

        // Of a connection that was there before, the server may have gone since: that is no reason to fail.
        if (_link is not { MayRepeat: true } || await TrySendAsync(batch, cancellationToken).ConfigureAwait(false) is not null)
        {
            if (await TrySendAsync(batch, cancellationToken).ConfigureAwait(false) is { } failed)
            {
                throw failed;
            }
        }
    }

    /// <summary>Closes the connection, if there is one.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_link is { } link)
        {
            _link = null;
            await link.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <returns>Why the server did not take the batch; null when it did.</returns>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever ends a batch early, nobody knows what of it the server has: the connection is given up.")]
    private async Task<IOException?> TrySendAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Timeout);
        try
        {
            var link = _link ??= await SyslogLink.ConnectAsync(_options, limit.Token).ConfigureAwait(false);
            foreach (var auditEvent in batch)
            {
                _frame.ResetWrittenCount();
                _message.Write(_frame, auditEvent);
                await link.SendAsync(_frame.WrittenMemory, limit.Token).ConfigureAwait(false);
                limit.CancelAfter(_options.Timeout);
            }

            await link.CompleteAsync(limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception failed)
        {
            await GiveUpAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            var server = FormattableString.Invariant($"The syslog server {_options.Host}:{_options.PortInUse}");
            return failed is OperationCanceledException
                ? new IOException($"{server} did not answer within {_options.Timeout}.", failed)
                : new IOException($"{server} did not take a batch: {failed.Message}", failed);
        }
    }

    private async ValueTask GiveUpAsync()
    {
        if (_link is { } link)
        {
            _link = null;
            await link.AbortAsync().ConfigureAwait(false);
        }
    }
}
