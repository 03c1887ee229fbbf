using Xunit;

namespace FileMonitor.Cli.Tests;

/// <summary>
/// Tests that run commands in this process, alone. Each command changes for a moment what SIGPIPE does to the whole process (<see cref="BrokenPipeSignal"/>); a test beside it that
/// writes to a pipe which nobody reads would end the process.
/// </summary>
[CollectionDefinition(nameof(ExecTests), DisableParallelization = true)]
public static class ExecTests;
