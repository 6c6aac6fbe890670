"""An app with work for the tests of the job machinery. Its effects are files, so a killed worker cannot undo them."""
