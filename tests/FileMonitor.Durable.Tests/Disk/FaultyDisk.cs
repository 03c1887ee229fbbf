using System.Diagnostics;
using System.Globalization;
using FileMonitor.Durable.Tests.State;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Disk;

/// <summary>
/// The disk below a host's state directory fails, for a process that is started with <see cref="Environment"/> (tests/FaultyDisk has the library that plays it).
/// What it needs is beside the state directory, and deleted with it.
/// </summary>
internal sealed class FaultyDisk(DurableHost host)
{
    private static readonly Lazy<string?> Library = new(Compile);

    private readonly string _control = host.State + ".fault";
    private readonly string _steps = host.State + ".steps";

    /// <summary>Calls that were refused because of <see cref="Fail"/>, in all processes.</summary>
    public long Refused => Counters()[1];

    /// <summary>Skips the test where the library cannot be had.</summary>
    public static void Require() => Assert.SkipWhen(Library.Value is null, "It needs Linux and a C compiler.");

    /// <param name="dieAt">The step at which the process kills itself; 0 for none.</param>
    /// <param name="synced">An empty directory, which gets what a loss of power would leave; null for none.</param>
    public Dictionary<string, string> Environment(long dieAt = 0, string? synced = null)
    {
        File.WriteAllBytes(_steps, new byte[16]);
        var variables = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Library.Value!,
            ["FAULTY_DISK_BELOW"] = host.State,
            ["FAULTY_DISK_CONTROL"] = _control,
            ["FAULTY_DISK_STEPS"] = _steps,
            ["FAULTY_DISK_DIE_AT"] = dieAt.ToString(CultureInfo.InvariantCulture),
        };
        if (synced is not null)
        {
            variables["FAULTY_DISK_SYNCED"] = synced;
        }

        return variables;
    }

    /// <summary>From now on, calls on files whose path has a name in it fail; "*" stands for all.</summary>
    /// <param name="error">The number of the error.</param>
    /// <param name="operations">Of write, sync, rename, unlink, create and truncate, with commas.</param>
    /// <param name="name">A part of the path.</param>
    public void Fail(int error, string operations, string name)
    {
        // Under its name at once, so that nobody reads a half.
        File.WriteAllText(_control + ".new", string.Create(CultureInfo.InvariantCulture, $"{error} {operations} {name}"));
        File.Move(_control + ".new", _control, overwrite: true);
    }

    public void Work() => File.Delete(_control);

    /// <summary>How many steps the processes took since the environment was made.</summary>
    public long Steps() => Counters()[0];

    private long[] Counters()
    {
        var bytes = File.ReadAllBytes(_steps);
        return [BitConverter.ToInt64(bytes, 0), BitConverter.ToInt64(bytes, 8)];
    }

    private static string? Compile()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var library = Path.Join(AppContext.BaseDirectory, "faulty_disk.so");
        foreach (var compiler in new[] { "gcc", "clang", "cc" })
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(
                    compiler,
                    ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, Path.Join(AppContext.BaseDirectory, "faulty_disk.c"), "-ldl"])
                {
                    RedirectStandardError = true,
                })!;
                var errors = process.StandardError.ReadToEnd();
                process.WaitForExit();
                process.ExitCode.Should().Be(0, errors);
                return library;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such compiler.
            }
        }

        return null;
    }
}
