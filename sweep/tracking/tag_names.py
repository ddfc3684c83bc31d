"""The tags that this project sets on runs and models in MLflow; their names are part of the contract with users."""

NOTE = "mlflow.note.content"  # MLflow's own: what its page shows as the description, in Markdown

STUDY = "sweep.study"  # the study's name
STAGE = "sweep.stage"  # study, search, compare, or arm: of all that decides of an arm
TRIAL = "sweep.trial"  # the number of the trial, or of the comparison run
ARM = "sweep.arm"
KEY = "sweep.key"  # the same for trials of the same canonical form
ORIGIN = "sweep.origin"  # of a comparison run at another origin than the first: 2 of 4
STATE = "sweep.state"  # running, complete, pruned, failed, stopped or finished
REUSED_FROM = "sweep.reused_from"  # the number of the trial whose result this is
BEST = "sweep.best"  # of the study's run: the number of the best trial
RECOMMENDED = "sweep.recommended"  # of the study's run: the arm that is recommended; of an arm's run: true or false
DECISION = "sweep.decision"  # what was found of that arm, or of an arm's run: better, reference, undecided ...
VERDICT = "sweep.verdict"  # the answer in words
CONFIGURATION = "sweep.configuration"  # of the study's run: 1, or of later ones the number in its parameters' names
DIGEST = "sweep.digest"  # of a logged model: of its architecture and weights
DEPLOYED = "sweep.deployed"  # of the study's run: stage and number of the run whose model is deployed
SETTING = "sweep.setting"  # of an arm's run, and of a registered model as all below: its setting in the comparison
MODEL = "sweep.model"  # of a registered model: the logged model's id
SEED = "sweep.seed"
TEST_SCORE = "sweep.test_score"  # of its run; none where it has none
REFIT = "sweep.refit"  # true or false: whether it was trained again on all data
DATA = "sweep.data_digest"
