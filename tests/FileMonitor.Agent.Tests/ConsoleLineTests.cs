using FileMonitor.Agent.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FileMonitor.Agent.Tests;

public sealed class ConsoleLineTests
{
    // Why a start is refused is said once, as a sentence, by the run of the agent.
    [Theory]
    [InlineData("FileMonitor.FileSystemMonitor", 103, typeof(IOException), false)]
    [InlineData("FileMonitor.FileSystemMonitor", 104, typeof(IOException), true)]
    [InlineData("FileMonitor.Other", 103, typeof(IOException), true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", 0, typeof(ObjectDisposedException), false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", 0, typeof(OperationCanceledException), false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", 0, typeof(IOException), true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", 0, null, true)]
    [InlineData("FileMonitor.Agent.Reload.Reloader", 919, typeof(ObjectDisposedException), true)]
    public void What_is_said_of_a_refused_start_is_left_out(string category, int id, Type? exception, bool isWritten)
    {
        var text = new StringWriter();
        var failure = exception == typeof(ObjectDisposedException) ? new ObjectDisposedException("it") : exception is null ? null : (Exception)Activator.CreateInstance(exception)!;

        new ConsoleLine(TimeProvider.System).Write(new LogEntry<string>(LogLevel.Critical, category, id, "words", failure, (state, _) => state), null, text);

        Assert.Equal(isWritten, text.ToString().Contains($"critical: {category}[{id}] words", StringComparison.Ordinal));
        Assert.Equal(isWritten, text.ToString().Length > 0);
    }
}
