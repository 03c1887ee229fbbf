using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using FileMonitor.JsonLines;

namespace FileMonitor.Cli;

/// <summary>
/// Runs a command for each event, one after the other, with the event as a line of JSON on its standard input. Events wait meanwhile, as for any
/// reader that takes its time. A command that fails is told, and the next event has its own.
/// </summary>
internal sealed class ExecOutput : IEventOutput, IDisposable
{
    private readonly ExecCommand _command;
    private readonly IEventOutput? _printed;
    private readonly StandardStreams _streams;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Lock _lock = new();
    private readonly BrokenPipeSignal _brokenPipes = new();

    // The process that runs, and whether none may be started any more: under the lock.
    private Process? _running;
    private bool _abandoned;

    private long _events;

    /// <param name="command">What is run.</param>
    /// <param name="printed">Gets each event before the command; null when none is printed.</param>
    /// <param name="streams">Where failures are told.</param>
    public ExecOutput(ExecCommand command, IEventOutput? printed, StandardStreams streams)
    {
        _command = command;
        _printed = printed;
        _streams = streams;

        // A second signal ends this process at once, and must not leave the other one behind.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>For how many events the command could not be run, failed or was killed.</summary>
    public long Failures { get; private set; }

    /// <summary>Whether a command runs now. Any thread.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return _running is not null;
            }
        }
    }

    /// <summary>Whether no command is run any more. Any thread.</summary>
    public bool IsAbandoned
    {
        get
        {
            lock (_lock)
            {
                return _abandoned;
            }
        }
    }

    public TimeSpan? RefreshPeriod => _printed?.RefreshPeriod;

    public void Write(AuditEvent auditEvent)
    {
        // What is printed stands above what the command prints.
        _printed?.Write(auditEvent);
        _printed?.Flush();
        _events++;
        if (Run(auditEvent) is { } failure)
        {
            Failures++;
            _streams.Complain($"{QuotedText.Quote(_command.Name)} {failure}, for {auditEvent.Kind} {QuotedText.Quote(auditEvent.Path)}.");
        }
    }

    public void Flush() => _printed?.Flush();

    /// <summary>Kills what runs, with the processes that it has started, and runs nothing any more. Any thread.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _abandoned = true;
            try
            {
                _running?.Kill(entireProcessTree: true);
            }
            catch (Exception ended) when (ended is InvalidOperationException or Win32Exception or AggregateException)
            {
                // It has ended by itself, or a process that it has started belongs to another user.
            }
        }
    }

    /// <summary>Called after the last event.</summary>
    public void Report()
    {
        if (Failures > 0)
        {
            _streams.Complain(string.Create(CultureInfo.InvariantCulture, $"--exec failed for {Failures:n0} of {Counted.Of(_events, "event")}."));
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        _brokenPipes.Dispose();
    }

    private void OnExit(object? sender, EventArgs e) => Abandon();

    /// <returns>What went wrong; null when it ended well.</returns>
    private string? Run(AuditEvent auditEvent)
    {
        Process process;
        lock (_lock)
        {
            if (_abandoned)
            {
                return "was not run";
            }

            try
            {
                _running = process = _command.Start();
            }
            catch (Exception refused) when (refused is Win32Exception or IOException or InvalidOperationException)
            {
                return $"cannot be started ({refused.Message.TrimEnd('.')})";
            }
        }

        try
        {
            Give(process, auditEvent);
            process.WaitForExit();
            return process.ExitCode == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"ended with exit code {process.ExitCode}");
        }
        finally
        {
            lock (_lock)
            {
                _running = null;
            }

            process.Dispose();
        }
    }

    private void Give(Process process, AuditEvent auditEvent)
    {
        _line.ResetWrittenCount();
        AuditEventJson.WriteLine(_line, auditEvent);
        try
        {
            using var input = process.StandardInput.BaseStream;
            input.Write(_line.WrittenSpan);
        }
        catch (IOException)
        {
            // The command does not read its standard input, which is no failure.
        }
    }
}
